using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Registry;

/// <summary>
/// The process's op registry behind a mailbox: Open while plugins load, then Sealed with a digest. One a worker root; all
/// device actors of the process share it, and with it one load (rules R14, R18). Never restarted in place: registration is
/// process state, so its failure ends the worker.
/// </summary>
public sealed class OpRegistryActor : ReceiveActor, IWithStash
{
    private readonly PluginHost _host;
    private readonly Func<Func<PluginLoad>, Task<PluginLoad>> _beside;

    /// <summary>Takes the process's plugin host.</summary>
    /// <param name="host">Nothing has been loaded yet.</param>
    /// <param name="beside">Runs the load beside the mailbox; null: on a thread of the pool.</param>
    public OpRegistryActor(PluginHost host, Func<Func<PluginLoad>, Task<PluginLoad>>? beside = null)
    {
        _host = host;
        _beside = beside ?? Task.Run;
        Open();
    }

    /// <inheritdoc />
    public IStash Stash { get; set; } = null!;

    private void Open()
    {
        Receive<OpenRegistry>(_ =>
        {
            Stash.Stash();
            // Plugins are foreign code: they run beside the mailbox, which goes on answering.
            _beside(_host.Load).PipeTo(Self, success: load => new Loaded(load), failure: cause => new LoadFailed(cause.Message));
            Become(Loading);
        });
        AnswerWhileOpen();
    }

    private void Loading()
    {
        Receive<Loaded>(loaded =>
        {
            if (loaded.Load.Fatal is { } reason)
                Become(() => Failed(new RegistryFailed(reason, loaded.Load.Plugins)));
            else
                Become(() => Sealed(new RegistrySealed(loaded.Load, _host.Registry.Seal())));
            Stash.UnstashAll();
        });
        Receive<LoadFailed>(failure =>
        {
            Become(() => Failed(new RegistryFailed($"the plugins could not be loaded: {failure.Reason}", [])));
            Stash.UnstashAll();
        });
        Receive<OpenRegistry>(_ => Stash.Stash());
        AnswerWhileOpen();
    }

    private void AnswerWhileOpen()
    {
        Receive<LookUpOp>(look => look.ReplyTo.Tell(new OpMissing(look.Key, "the registry is still open: plugins are loading")));
        Receive<GetOpReport>(get => get.ReplyTo.Tell(new OpReported(null)));
    }

    private void Sealed(RegistrySealed registry)
    {
        Receive<OpenRegistry>(open => open.ReplyTo.Tell(registry));
        Receive<LookUpOp>(look => look.ReplyTo.Tell(Find(registry.Table, look.Key)));
        Receive<GetOpReport>(get => get.ReplyTo.Tell(new OpReported(registry.Table.Report())));
    }

    private void Failed(RegistryFailed failed)
    {
        Receive<OpenRegistry>(open => open.ReplyTo.Tell(failed));
        Receive<LookUpOp>(look => look.ReplyTo.Tell(new OpMissing(look.Key, failed.Reason)));
        Receive<GetOpReport>(get => get.ReplyTo.Tell(new OpReported(null)));
    }

    private static object Find(OpTable table, string key)
    {
        var report = table.Report();
        var op = report.Ops.FirstOrDefault(row => row.Name == key);
        return op is null
            ? new OpMissing(key, $"op `{key}` is not registered; registered: {string.Join(", ", report.Ops.Select(row => row.Name))}")
            : new OpFound(op, report.Digest);
    }

    private sealed record LoadFailed(string Reason) : ILocalMessage;

    private sealed record Loaded(PluginLoad Load) : ILocalMessage;
}
