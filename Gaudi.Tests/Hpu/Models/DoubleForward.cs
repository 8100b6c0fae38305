namespace Gaudi.Tests.Hpu.Models;

/// <summary>
/// The forward pass of a dense decoder in plain double arithmetic, from the papers' formulas and nothing of the code
/// under test: the whole sequence at once, no cache.
/// </summary>
internal sealed class DoubleForward(RandomModel model)
{
    private const double Epsilon = 1e-5;

    private readonly RandomModelShape _shape = model.Shape;

    /// <summary>What a layer's inputs become before its product, by its name; null where they stay.</summary>
    public Func<string, double[], double[]>? Inputs { get; init; }

    /// <summary>Log probabilities of the token after every position: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyList<int> tokens)
    {
        var head = _shape.IsTied ? "model.embed_tokens" : "lm_head";
        return [.. HiddenStates(tokens).Select(row => LogSoftmax(Linear(row, head)))];
    }

    /// <summary>After the final norm: [positions][hidden].</summary>
    public double[][] HiddenStates(IReadOnlyList<int> tokens)
    {
        var x = tokens.Select(token => Row("model.embed_tokens.weight", token)).ToArray(); // [positions][hidden]
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}";
            var window = layer == _shape.Layers - 1 ? _shape.WindowTokens : null;
            x = Add(x, Attend(prefix, [.. x.Select(row => Norm(row, $"{prefix}.input_layernorm.weight"))], window));
            var middle = x.Select(row => Norm(row, $"{prefix}.post_attention_layernorm.weight"));
            x = Add(x, [.. middle.Select(row => FeedForward(prefix, row))]);
        }
        return [.. x.Select(row => Norm(row, "model.norm.weight"))];
    }

    private double[][] Attend(string prefix, double[][] x, int? windowTokens)
    {
        var queries = Heads(x, $"{prefix}.self_attn.q", rotates: true); // [positions][heads][headDim]
        var keys = Heads(x, $"{prefix}.self_attn.k", rotates: true);
        var values = Heads(x, $"{prefix}.self_attn.v", rotates: false);
        var group = _shape.Heads / _shape.KvHeads;
        return
        [
            .. x.Select((_, position) => Linear(
                [
                    .. Enumerable.Range(0, _shape.Heads).SelectMany(head => Attend(
                        queries[position][head],
                        [.. keys[Seen(position, windowTokens)].Select(at => at[head / group])],
                        [.. values[Seen(position, windowTokens)].Select(at => at[head / group])])),
                ],
                $"{prefix}.self_attn.o_proj")),
        ];
    }

    private static Range Seen(int position, int? windowTokens) =>
        Math.Max(0, position + 1 - (windowTokens ?? int.MaxValue))..(position + 1);

    private double[] Attend(double[] query, double[][] keys, double[][] values)
    {
        var scores = keys.Select(key => Dot(query, key) / Math.Sqrt(_shape.HeadDim)).ToArray();
        var weights = LogSoftmax(scores).Select(Math.Exp).ToArray();
        return [.. query.Select((_, d) => values.Select((value, j) => weights[j] * value[d]).Sum())];
    }

    private double[][][] Heads(double[][] x, string name, bool rotates) =>
    [
        .. x.Select((row, position) => Linear(row, $"{name}_proj").Chunk(_shape.HeadDim).Select(head =>
        {
            var normed = rotates && _shape.HasQkNorm ? Norm(head, $"{name}_norm.weight") : head;
            return rotates ? Rotate(normed, position) : normed;
        }).ToArray()),
    ];

    private double[] Rotate(double[] head, int position)
    {
        var half = head.Length / 2;
        var turned = new double[head.Length];
        for (var i = 0; i < half; i++)
        {
            var angle = position * Scaled(Math.Pow(Base(head.Length), -2.0 * i / head.Length));
            turned[i] = (head[i] * Math.Cos(angle)) - (head[i + half] * Math.Sin(angle));
            turned[i + half] = (head[i + half] * Math.Cos(angle)) + (head[i] * Math.Sin(angle));
        }
        return turned;
    }

    // Dynamic NTK, all positions served: the base grows by (f L' / L - (f - 1))^(d / (d - 2)) with f = L' / L = 4.
    private double Base(int dim) => 10000 * (_shape.Stretch == "dynamic" ? Math.Pow(13, dim / (dim - 2.0)) : 1);

    // Llama 3.1's rule in wavelengths, as its authors published it: factor 8, low 1, high 4, original length 64.
    private double Scaled(double frequency)
    {
        if (_shape.Stretch == "linear")
            return frequency / 4;
        if (!_shape.HasLlama3Scaling)
            return frequency;
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < 64.0 / 4)
            return frequency;
        if (wavelength > 64.0 / 1)
            return frequency / 8;
        var smooth = ((64.0 / wavelength) - 1) / (4 - 1);
        return ((1 - smooth) * frequency / 8) + (smooth * frequency);
    }

    private double[] FeedForward(string prefix, double[] x)
    {
        var gate = Linear(x, $"{prefix}.mlp.gate_proj");
        var up = Linear(x, $"{prefix}.mlp.up_proj");
        return Linear([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], $"{prefix}.mlp.down_proj");
    }

    private double[] Linear(double[] x, string name)
    {
        x = Inputs?.Invoke(name, x) ?? x;
        var weight = model.Weights[$"{name}.weight"];
        var bias = model.Weights.GetValueOrDefault($"{name}.bias");
        var y = new double[weight.Length / x.Length];
        for (var output = 0; output < y.Length; output++)
        {
            for (var k = 0; k < x.Length; k++)
                y[output] += weight[(output * x.Length) + k] * x[k];
            y[output] += bias?[output] ?? 0;
        }
        return y;
    }

    private double[] Norm(double[] x, string name)
    {
        var root = Math.Sqrt((Dot(x, x) / x.Length) + Epsilon);
        return [.. x.Select((value, i) => value / root * model.Weights[name][i])];
    }

    private double[] Row(string name, int row) =>
        [.. model.Weights[name].Skip(row * _shape.Hidden).Take(_shape.Hidden).Select(value => (double)value)];

    private static double[][] Add(double[][] x, double[][] y) =>
        [.. x.Zip(y, (a, b) => a.Zip(b, (one, other) => one + other).ToArray())];

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static double[] LogSoftmax(double[] x)
    {
        var max = x.Max();
        var sum = max + Math.Log(x.Sum(value => Math.Exp(value - max)));
        return [.. x.Select(value => value - sum)];
    }
}
