using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What the user got wrong: one sentence on standard error, an exit code that is not 0, nothing on standard output.</summary>
[Collection(ProcessTests.Name)]
public sealed class BadInputTests : IDisposable
{
    private const string Model = "gaudi-demo";
    private readonly ModelCopy _copy = ModelCopy.Of(Model);

    public void Dispose() => _copy.Dispose();

    [Fact]
    public Task A_missing_model_folder() => RefusesAsync("`/no/such/model` is no folder", "serve", "/no/such/model");

    [Fact]
    public Task A_folder_without_a_model()
    {
        File.Delete(Path.Combine(_copy.Folder, "config.json"));
        return RefusesAsync("config.json", "serve", _copy.Folder);
    }

    [Fact]
    public Task A_broken_config()
    {
        _copy.Configure("\"hidden_size\": 256", "\"hidden_size\": \"wide\"");
        return RefusesAsync("hidden_size", "serve", _copy.Folder);
    }

    [Fact]
    public Task A_broken_tokenizer()
    {
        File.WriteAllText(Path.Combine(_copy.Folder, "tokenizer.json"), "{");
        return RefusesAsync("tokenizer.json", "serve", _copy.Folder);
    }

    [Fact]
    public Task Truncated_safetensors()
    {
        using (var file = File.OpenWrite(_copy.Weights))
            file.SetLength(file.Length / 2);
        return RefusesAsync("model.safetensors", "serve", _copy.Folder);
    }

    [Fact]
    public Task An_unknown_architecture()
    {
        _copy.Configure("LlamaForCausalLM", "GptForCausalLM");
        return RefusesAsync("LlamaForCausalLM, Mamba2ForCausalLM, MixtralForCausalLM, Phi3ForCausalLM, Qwen2ForCausalLM", "serve", _copy.Folder);
    }

    [Fact]
    public Task Quantized_weights()
    {
        _copy.Configure("\"hidden_size\": 256", "\"quantization_config\": { \"quant_method\": \"gguf\" }, \"hidden_size\": 256");
        return RefusesAsync(
            "gguf quantization is currently not supported in hpu; supported: awq, awq_hpu, compressed-tensors, fp8, mxfp4, gptq, gptq_hpu",
            "serve", _copy.Folder, "-tp", "2", "--port", "0");
    }

    [Fact]
    public Task Head_counts_that_do_not_divide() =>
        RefusesAsync("2 key-value heads cannot be divided over --tensor-parallel-size 4", "serve", Model, "-tp", "4");

    [Fact]
    public Task A_block_size_no_kernel_takes() =>
        RefusesAsync("the KV block size must be a multiple of 8 tokens, not 7", "serve", Model, "--block-size", "7");

    [Fact]
    public Task Too_few_KV_blocks_for_one_sequence() => RefusesAsync(
        "one sequence of 2048 tokens needs 16 KV blocks of 128, the settings give 3; give more KV blocks or lower --max-model-len",
        "serve", Model, "--num-gpu-blocks-override", "3", "--port", "0");

    [Fact]
    public Task A_card_with_too_little_memory_names_the_knobs() => RefusesAsync(
        "lower --max-model-len, raise the memory utilization, or use more cards",
        "serve", Model, "--set", "gaudi.cards.simulate.memory-bytes=25000000", "--port", "0");

    [Fact]
    public Task A_draft_model_that_is_not_there() => RefusesAsync(
        "`no-such-draft` is no folder",
        "serve", Model, "--speculative-config", """{"model": "no-such-draft", "num_speculative_tokens": 2}""");

    [Fact]
    public Task More_ranks_than_cards() =>
        RefusesAsync("expected at least 2 cards for --tensor-parallel-size 2", "serve", Model, "-tp", "2", "--cards", "1");

    [Fact]
    public async Task A_port_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await RefusesAsync($"expected port {port} of 127.0.0.1 to be free", "serve", Model, "--port", $"{port}");
    }

    [Fact]
    public async Task A_cluster_port_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await RefusesAsync($"on 127.0.0.1 port {port}", "serve", Model, "--port", "0", "--cluster-port", $"{port}");
    }

    [Fact]
    public Task A_seed_that_does_not_answer() =>
        RefusesAsync(
            "expected a Gaudi node at 127.0.0.1:9, but none let this one in within 0.5 s",
            "node", "--seed", "127.0.0.1:9", "--cluster-port", "0", "--set", "gaudi.node.join-timeout-ms=500");

    [Fact]
    public Task A_seed_on_another_machine_for_a_node_on_loopback() => RefusesAsync(
        "give it with --cluster-host", "node", "--seed", "192.0.2.1:4053", "--cluster-port", "0");

    [Fact]
    public Task Unknown_settings() =>
        RefusesAsync("gaudi.cards.simulate.colour", "serve", Model, "--set", "gaudi.cards.simulate.colour=blue");

    [Fact]
    public Task Unknown_settings_of_akka() =>
        RefusesAsync("akka.cluster.gosip-interval", "serve", Model, "--set", "akka.cluster.gosip-interval=1s");

    [Fact]
    public Task A_value_that_akka_cannot_read() => RefusesAsync(
        "'banana'", "serve", Model, "--port", "0", "--set", "akka.cluster.gossip-interval=banana");

    [Fact]
    public Task Settings_out_of_range() => RefusesAsync(
        "gaudi.scheduler.max-num-batched-tokens", "serve", Model, "--set", "gaudi.scheduler.max-num-batched-tokens=0");

    [Fact]
    public Task A_settings_file_that_is_missing() =>
        RefusesAsync("`/no/such.conf`", "serve", Model, "--config", "/no/such.conf");

    [Fact]
    public Task A_ready_file_that_cannot_be_written() =>
        RefusesAsync("`/no/such/folder/ready`", "serve", "gaudi-demo-draft", "--port", "0", "--ready-file", "/no/such/folder/ready");

    private static async Task RefusesAsync(string part, params string[] arguments)
    {
        var run = await GaudiProgram.RunAsync(arguments);
        Assert.Contains(part, BadInput.TheSentence(run), StringComparison.Ordinal);
    }
}
