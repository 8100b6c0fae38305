using Gaudi.Cluster.Commands;
using Gaudi.Cluster.Node;

// A worker ties itself to its parent before it does anything else, so it does not pass through the command line.
return args is [WorkerArguments.Verb, .. var workerArguments]
    ? await WorkerCommand.RunAsync(workerArguments)
    : await CommandLine.RunAsync(args, Terminal.OfThisProcess());
