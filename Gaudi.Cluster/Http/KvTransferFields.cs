using System.Text;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Cluster.Http;

/// <summary>The field `kv_transfer_params`: a request's part in disaggregated serving.</summary>
internal static class KvTransferFields
{
    private const string Name = "kv_transfer_params";

    // Less than the lane's longest key.
    private const int TextBytesMax = 512;

    // More positions than any model has.
    private const int BlocksMax = 1 << 20;

    /// <summary>Reads and checks it; a server without a connector ignores it and says so in its log, as upstream.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="role">Of this server's group; null without a connector.</param>
    /// <param name="stream">How the answer is sent.</param>
    /// <exception cref="ApiException">A type, a missing part, or a role that this server has not.</exception>
    public static KvTransferParams? Read(RequestFields fields, KvRole? role, StreamFields stream)
    {
        if (fields.Fields(Name) is not { } given || given.Unread.All(name => given.Element(name) is null))
            return null;
        if (role is not { } own)
        {
            fields.Changes.Add($"Requests carry `{Name}` and this server has no KV connector (--kv-transfer-config): ignored");
            return null;
        }
        var isForRemote = given.Flag("do_remote_decode", absent: false);
        var isRemote = given.Flag("do_remote_prefill", absent: false);
        if (isForRemote && isRemote)
            throw Wrong("`do_remote_decode` and `do_remote_prefill` exclude each other");
        if (isForRemote && own == KvRole.Consumer)
            throw Wrong("`do_remote_decode` needs a server with kv_role kv_producer or kv_both; this one is a kv_consumer");
        if (isRemote && own == KvRole.Producer)
            throw Wrong("`do_remote_prefill` needs a server with kv_role kv_consumer or kv_both; this one is a kv_producer");
        if (isForRemote && stream.IsStreamed)
            throw Wrong("`do_remote_decode` is not available with `\"stream\": true`: its answer has no frame for it");
        return isRemote
            ? new KvTransferParams(false, Source(given), given.Integers("remote_block_ids", 0, int.MaxValue) is { Length: <= BlocksMax } ids
                ? ids
                : throw Wrong($"`remote_block_ids` has at most {BlocksMax} entries"))
            : isForRemote ? new KvTransferParams(true, null, []) : null;
    }

    /// <summary>One choice has one place for its blocks.</summary>
    /// <exception cref="ApiException">There are more.</exception>
    public static void CheckChoiceCount(KvTransferParams? given, int choiceCount)
    {
        if (given is not null && choiceCount > 1)
            throw Wrong($"expected one prompt and n = 1, got {choiceCount} choices");
    }

    private static KvSource Source(RequestFields given) => new(
        Text(given, "remote_engine_id"), Text(given, "remote_host"),
        (int)(given.Integer("remote_port", 1, ushort.MaxValue) ?? throw Wrong("`remote_port` is missing")),
        Text(given, "remote_request_id"));

    private static string Text(RequestFields given, string name) =>
        given.Text(name) is { Length: > 0 } text && Encoding.UTF8.GetByteCount(text) <= TextBytesMax
            ? text
            : throw Wrong($"`{name}` is missing, or longer than {TextBytesMax} bytes of UTF-8");

    private static ApiException Wrong(string what) => ApiException.Invalid($"`{Name}`: {what}.", Name);
}
