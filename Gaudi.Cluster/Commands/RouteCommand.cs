using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Disaggregation;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>`gaudi route`: the router alone, in front of servers that run elsewhere.</summary>
internal static class RouteCommand
{
    internal static Command Create(Terminal terminal)
    {
        var prefill = Servers("--prefill", "A server with kv_role kv_producer; may be repeated");
        var decode = Servers("--decode", "A server with kv_role kv_consumer; may be repeated");
        var host = new Option<string>("--host")
        {
            Description = "Address the router listens on", HelpName = "ADDRESS", DefaultValueFactory = _ => NodeOptions.Loopback,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port the router listens on; 0 lets the system choose", HelpName = "PORT", DefaultValueFactory = _ => 8000,
        };
        port.AddRange(0, ushort.MaxValue);
        var command = new Command("route", "Sends prompts to prefill servers and answers from decode servers")
        {
            prefill, decode, host, port,
        };
        command.SetAction((parsed, _) =>
        {
            var http = GaudiSettings.Load(HoconFiles.Defaults(AppContext.BaseDirectory)).Http;
            return RunAsync(
                new RouterSettings(
                    parsed.GetRequiredValue(host), parsed.GetRequiredValue(port),
                    [.. parsed.GetRequiredValue(prefill).Select(one => new Uri(one))],
                    [.. parsed.GetRequiredValue(decode).Select(one => new Uri(one))], http.BodyBytesMax, http.DrainTimeout,
                    http.PrefillTimeout),
                terminal);
        });
        return command;
    }

    private static Option<string[]> Servers(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "URL", Required = true };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (!Uri.TryCreate(token.Value, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                    result.AddError($"{name} expects http://HOST:PORT, came `{token.Value}`");
        });
        return option;
    }

    private static async Task<int> RunAsync(RouterSettings settings, Terminal terminal)
    {
        using var signals = new StopSignals();
        return await signals.RunAsync(async stop =>
        {
            await using var router = await Router.StartAsync(settings, LogLines.To(terminal.Error), stop).ConfigureAwait(false);
            await terminal.Output.WriteLineAsync($"ready    {router.Url.GetLeftPart(UriPartial.Authority)}").ConfigureAwait(false);
            await terminal.Output.FlushAsync(stop).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
