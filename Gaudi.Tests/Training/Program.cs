using Gaudi.Tests.Training;
using TorchSharp;

if (args.Contains("--help"))
{
    Console.WriteLine(TrainingOptions.Usage);
    return 0;
}

TrainingOptions options;
try
{
    options = TrainingOptions.Parse(args);
}
catch (Exception problem) when (problem is ArgumentException or FormatException or OverflowException)
{
    Console.Error.WriteLine($"{problem.Message}\n{TrainingOptions.Usage}");
    return 2;
}

// One thread: libgomp's waiting threads cost more than they give when the machine is shared.
torch.set_num_threads(1);
switch (options)
{
    case { Base: { } model, Evaluate: { } adapter }:
        new AdapterEvaluation(model, adapter, options.Seed, Console.Out).Run();
        break;
    case { Base: { } model }:
        new AdapterRun(options, model, Console.Out).Run();
        break;
    case { Evaluate: { } model }:
        new Evaluation(model, options.Seed, Console.Out).Run();
        break;
    default:
        new TrainingRun(options, Console.Out).Run();
        break;
}

return 0;
