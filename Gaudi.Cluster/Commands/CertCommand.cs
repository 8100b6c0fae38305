using System.CommandLine;
using Gaudi.Cluster.Node;
using Gaudi.Cluster.Security;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi cert`: makes a machine's certificate for the cluster's own traffic.</summary>
internal static class CertCommand
{
    internal static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("FOLDER") { Description = "Receives the certificate, its key and a folder `trusted`" };
        var name = new Option<string>("--name")
        {
            Description = "What people call the bearer",
            HelpName = "NAME",
            DefaultValueFactory = _ => "gaudi",
        };
        var command = new Command("cert", "Makes a certificate for the traffic between nodes and workers") { folder, name };
        command.SetAction(async (parsed, _) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(folder));
            var pin = CertificateMaker.Make(path, parsed.GetRequiredValue(name), TimeProvider.System.GetUtcNow());
            await terminal.Output.WriteLineAsync($"made     {path}: certificate {pin}");
            await terminal.Output.WriteLineAsync(
                $"next     one folder for all machines: copy it to each. Or one a machine: copy its {ClusterCertificates.OwnFile} to "
                + $"{ClusterCertificates.TrustedFolder}/NAME.pem of each of the others");
            await terminal.Output.WriteLineAsync($"use      gaudi serve --set {RemotingTls.Setting}=\"{path}\"");
            return ExitCodes.Done;
        });
        return command;
    }
}
