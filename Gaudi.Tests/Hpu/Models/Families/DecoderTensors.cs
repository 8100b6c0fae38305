namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>The tensors that most families' checkpoints have, with Hugging Face's names.</summary>
internal static class DecoderTensors
{
    /// <summary>Embedding; in every layer two norms and what the family has; a last norm; the head, unless it is tied.</summary>
    public static IEnumerable<(string Name, int[] Shape)> All(
        int vocabulary, int hidden, int layerCount, Func<int, string, IEnumerable<(string Name, int[] Shape)>> ofLayer,
        bool hasHead = true)
    {
        yield return ("model.embed_tokens.weight", [vocabulary, hidden]);
        for (var layer = 0; layer < layerCount; layer++)
        {
            var prefix = $"model.layers.{layer}";
            yield return ($"{prefix}.input_layernorm.weight", [hidden]);
            yield return ($"{prefix}.post_attention_layernorm.weight", [hidden]);
            foreach (var tensor in ofLayer(layer, prefix))
                yield return tensor;
        }
        yield return ("model.norm.weight", [hidden]);
        if (hasHead)
            yield return ("lm_head.weight", [vocabulary, hidden]);
    }

    /// <summary>A gated feed-forward part.</summary>
    public static IEnumerable<(string Name, int[] Shape)> Mlp(
        string prefix, int hidden, int ffn, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
        [($"{prefix}.{gate}.weight", [ffn, hidden]), ($"{prefix}.{up}.weight", [ffn, hidden]), ($"{prefix}.{down}.weight", [hidden, ffn])];
}
