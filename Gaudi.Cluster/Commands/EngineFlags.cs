using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The flags of `serve` that reach the scheduler and its KV blocks, named as vLLM names them.</summary>
internal sealed class EngineFlags
{
    private readonly Option<int?> _stepTokensMax = new("--max-num-batched-tokens")
    {
        Description = "Most tokens one step computes",
        HelpName = "N",
    };

    private readonly Option<int?> _sequencesMax = new("--max-num-seqs")
    {
        Description = "Most choices that take part in a step",
        HelpName = "N",
    };

    private readonly Option<int?> _longPrefillTokensMax = new("--long-prefill-token-threshold")
    {
        Description = "Most tokens of one choice in a step; 0 sets no limit",
        HelpName = "N",
    };

    private readonly Option<string?> _policy = new("--scheduling-policy")
    {
        Description = "fcfs, or priority: lower values of a request's priority go first",
        HelpName = "POLICY",
    };

    private readonly Option<int?> _kvBlockCount = new("--num-gpu-blocks-override")
    {
        Description = "KV blocks of a rank [default: what the card's memory gives]",
        HelpName = "N",
    };

    private readonly Option<string?> _speculation = new("--speculative-config")
    {
        Description = "JSON: method ngram, or the model that drafts; num_speculative_tokens, prompt_lookup_min, "
            + "prompt_lookup_max, verification (coupled or standard)",
        HelpName = "JSON",
    };

    private readonly Option<string?> _pooling = new("--pooler-config")
    {
        Description = "JSON: pooling_type MEAN or LAST, for embeddings",
        HelpName = "JSON",
    };

    private readonly Option<string?> _kvCacheDtype = new("--kv-cache-dtype")
    {
        Description = "How keys and values are kept: auto, or fp8 (also fp8_e4m3, fp8_inc): a byte each",
        HelpName = "D",
    };

    private readonly Option<string?> _transfer = new("--kv-transfer-config")
    {
        Description = "JSON: kv_connector (NixlConnector), kv_role (kv_producer, kv_consumer, kv_both), kv_load_failure_policy "
            + "(recompute, fail), engine_id, kv_connector_extra_config",
        HelpName = "JSON",
    };

    private readonly FlagPair _chunksPrefill = new("enable-chunked-prefill", "Compute a long prompt in parts, beside others");
    private readonly FlagPair _cachesPrefixes = new("enable-prefix-caching", "Keep KV blocks for prompts that begin alike");

    private readonly FlagPair _hasLoras = new("enable-lora", "Keep a place for LoRA adapters, which requests name as their model");

    private readonly Option<string[]> _loraModules = new("--lora-modules")
    {
        Description = "Adapters to load at the start, in PEFT's layout: NAME=PATH, or JSON with name and path",
        HelpName = "NAME=PATH",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _lorasMax = new("--max-loras")
    {
        Description = "Most adapters that run at once",
        HelpName = "N",
    };

    private readonly Option<int?> _loraRankMax = new("--max-lora-rank")
    {
        Description = "Highest rank of an adapter",
        HelpName = "N",
    };

    private readonly FlagPair _isExpertParallel = new("enable-expert-parallel", "Split mixtures of experts by whole experts");

    /// <summary>Adds the flags to a verb.</summary>
    internal void AddTo(Command command)
    {
        _stepTokensMax.AddRange(1, 1 << 20);
        _sequencesMax.AddRange(1, 4096);
        _longPrefillTokensMax.AddRange(0, 1 << 20);
        _kvBlockCount.AddRange(1, int.MaxValue);
        _lorasMax.AddRange(1, 1024);
        _loraRankMax.AddRange(1, 512);
        _loraModules.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => AdapterModule.Read(token.Value) is null))
                result.AddError($"--lora-modules expects {AdapterModule.Expected}, came `{token.Value}`");
        });
        _policy.AcceptOnlyFromAmong("fcfs", "priority");
        _kvCacheDtype.AcceptOnlyFromAmong("auto", "fp8", "fp8_e4m3", "fp8_inc");
        _speculation.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && SpeculativeConfig.Read(token.Value, out var problem) is null)
                result.AddError(problem);
        });
        _pooling.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && PoolerConfig.Read(token.Value, out var problem) is null)
                result.AddError(problem);
        });
        _transfer.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && KvTransferConfig.Read(token.Value, out var problem) is null)
                result.AddError(problem);
        });
        foreach (var option in new Option[]
                 {
                     _stepTokensMax, _sequencesMax, _longPrefillTokensMax, _policy, _kvBlockCount, _speculation, _pooling, _transfer,
                     _loraModules, _lorasMax, _loraRankMax,
                     _kvCacheDtype,
                 })
            command.Add(option);
        _chunksPrefill.AddTo(command);
        _cachesPrefixes.AddTo(command);
        _isExpertParallel.AddTo(command);
        _hasLoras.AddTo(command);
    }

    /// <summary>What the user wrote.</summary>
    /// <param name="parsed">Without errors.</param>
    internal EngineOptions Read(ParseResult parsed) => new(
        parsed.GetValue(_stepTokensMax),
        parsed.GetValue(_sequencesMax),
        parsed.GetValue(_longPrefillTokensMax),
        _chunksPrefill.Read(parsed),
        _cachesPrefixes.Read(parsed),
        parsed.GetValue(_policy),
        parsed.GetValue(_kvBlockCount),
        parsed.GetValue(_speculation) is { } json ? SpeculativeConfig.Read(json, out _) : null,
        parsed.GetValue(_pooling) is { } pooler ? PoolerConfig.Read(pooler, out _) : null,
        _isExpertParallel.Read(parsed),
        parsed.GetValue(_transfer) is { } transfer ? KvTransferConfig.Read(transfer, out _) : null)
    {
        HasLoras = _hasLoras.Read(parsed),
        LoraModules = parsed.GetValue(_loraModules) is { Length: > 0 } modules ? [.. modules] : null,
        LorasMax = parsed.GetValue(_lorasMax),
        LoraRankMax = parsed.GetValue(_loraRankMax),
        KvCacheDtype = parsed.GetValue(_kvCacheDtype),
    };
}
