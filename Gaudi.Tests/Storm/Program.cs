using System.Runtime.InteropServices;
using Gaudi.Tests.Storm;

if (args.Contains("--help"))
{
    Console.WriteLine(StormOptions.Usage);
    return 0;
}

StormOptions options;
try
{
    options = StormOptions.Here().With(args);
}
catch (Exception problem) when (problem is FormatException or OverflowException)
{
    Console.Error.WriteLine($"{problem.Message}\n{StormOptions.Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true; // Not before everything that was started is gone.
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var verdict = await new StormRun(options, TimeProvider.System, Console.Error.WriteLine).RunAsync(stop.Token);
foreach (var line in StormTable.Of(verdict))
    Console.WriteLine(line);
return stop.IsCancellationRequested ? 130 : verdict.Violations.Count == 0 ? 0 : 1;
