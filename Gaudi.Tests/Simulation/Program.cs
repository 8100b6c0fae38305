using Gaudi.Tests.Simulation;
using Gaudi.Tests.Simulation.Calibration;

if (args is ["calibrate", var program])
{
    var error = await new CalibrationRun(program, Console.Error.WriteLine, Console.WriteLine).RunAsync(CancellationToken.None);
    return error < CalibrationRun.ErrorMax ? 0 : 1;
}

if (args.Contains("--help"))
{
    Console.WriteLine(SimOptions.Usage);
    return 0;
}

try
{
    return new SimCommand(SimOptions.Of(args), Console.Out, TimeProvider.System).Run();
}
catch (Exception problem) when (problem is FormatException or OverflowException or FileNotFoundException or DirectoryNotFoundException)
{
    Console.Error.WriteLine($"{problem.Message}\n{SimOptions.Usage}");
    return 2;
}
