using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>
/// A linear weight rounded to the nearest of 16 values in each group of inputs, and how GPTQ and AWQ write it down. Plain loops
/// that share nothing with the product.
/// </summary>
internal sealed class FourBitLayer
{
    private readonly bool _isSymmetric;
    private readonly int[,] _codes; // [outputs, inputs]
    private readonly int[,] _zeros; // [outputs, groups]
    private readonly float[,] _scales; // [outputs, groups]
    private readonly int[] _groups; // [inputs]

    /// <summary>Rounds.</summary>
    /// <param name="weight">[outputs, inputs], rows one after another.</param>
    /// <param name="outputCount">Rows.</param>
    /// <param name="groupSize">Inputs of a group; divides the inputs.</param>
    /// <param name="orderSeed">Puts inputs into groups in a random order; null leaves them in order.</param>
    /// <param name="isSymmetric">Whether zero is code 8 everywhere.</param>
    public FourBitLayer(float[] weight, int outputCount, int groupSize, int? orderSeed = null, bool isSymmetric = false)
    {
        _isSymmetric = isSymmetric;
        (OutputCount, InputCount, GroupCount) = (outputCount, weight.Length / outputCount, weight.Length / outputCount / groupSize);
        _groups = [.. Enumerable.Range(0, InputCount).Select(input => input / groupSize)];
        if (orderSeed is { } seed)
            new Random(seed).Shuffle(_groups);
        _codes = new int[OutputCount, InputCount];
        _zeros = new int[OutputCount, GroupCount];
        _scales = new float[OutputCount, GroupCount];
        Wide = new float[weight.Length];
        for (var output = 0; output < OutputCount; output++)
        {
            for (var group = 0; group < GroupCount; group++)
                Round(weight, output, group);
        }
    }

    public int OutputCount { get; }

    public int InputCount { get; }

    public int GroupCount { get; }

    /// <summary>What the codes stand for: [outputs, inputs], rows one after another.</summary>
    public float[] Wide { get; }

    /// <summary>Overrides a zero: what it stands for changes with it.</summary>
    public void SetZero(int output, int group, int zero)
    {
        _zeros[output, group] = zero;
        foreach (var input in Members(group))
            Wide[(output * InputCount) + input] = (_codes[output, input] - zero) * _scales[output, group];
    }

    /// <summary>`qweight`, `qzeros`, `scales` and `g_idx` as GPTQ writes them.</summary>
    /// <param name="storesZeroLessOne">The older format.</param>
    public IEnumerable<(string Kind, Tensor Tensor)> Gptq(bool storesZeroLessOne = true)
    {
        yield return ("qweight", Words(InputCount / 8, OutputCount, (word, output, i) => _codes[output, (8 * word) + i]));
        var less = storesZeroLessOne ? 1 : 0;
        yield return ("qzeros", Words(
            GroupCount, OutputCount / 8, (group, word, i) => (_zeros[(8 * word) + i, group] - less) & 15));
        yield return ("scales", Scales());
        yield return ("g_idx", tensor(_groups));
    }

    /// <summary>`qweight`, `qzeros` and `scales` as AWQ writes them: nibble i of a word is column 0, 2, 4, 6, 1, 3, 5, 7.</summary>
    public IEnumerable<(string Kind, Tensor Tensor)> Awq()
    {
        int[] columns = [0, 2, 4, 6, 1, 3, 5, 7];
        yield return ("qweight", Words(InputCount, OutputCount / 8, (input, word, i) => _codes[(8 * word) + columns[i], input]));
        yield return ("qzeros", Words(GroupCount, OutputCount / 8, (group, word, i) => _zeros[(8 * word) + columns[i], group]));
        yield return ("scales", Scales());
    }

    /// <summary>As compressed-tensors packs it: everything with the outputs first.</summary>
    public IEnumerable<(string Kind, Tensor Tensor)> PackedInt()
    {
        yield return ("weight_packed", Words(OutputCount, InputCount / 8, (output, word, i) => _codes[output, (8 * word) + i]));
        yield return ("weight_scale", Scales().t().contiguous());
        if (!_isSymmetric)
            yield return ("weight_zero_point", Words(OutputCount / 8, GroupCount, (word, group, i) => _zeros[(8 * word) + i, group]));
        yield return ("weight_shape", tensor(new long[] { OutputCount, InputCount }));
    }

    private IEnumerable<int> Members(int group) => Enumerable.Range(0, InputCount).Where(input => _groups[input] == group);

    private void Round(float[] weight, int output, int group)
    {
        var values = Members(group).Select(input => weight[(output * InputCount) + input]).ToArray();
        var (least, most) = (Math.Min(0, values.Min()), Math.Max(0, values.Max()));
        var width = _isSymmetric ? Math.Max(most, -least) / 7 : (most - least) / 15;
        var scale = (float)(Half)Math.Max(width, 1e-4f);
        var zero = _isSymmetric ? 8 : Math.Clamp((int)Math.Round(-least / scale), 0, 15);
        _scales[output, group] = scale;
        foreach (var input in Members(group))
            _codes[output, input] = Math.Clamp((int)Math.Round(weight[(output * InputCount) + input] / scale) + zero, 0, 15);
        SetZero(output, group, zero);
    }

    private static Tensor Words(int rowCount, int columnCount, Func<int, int, int, int> nibble)
    {
        var words = new int[rowCount * columnCount];
        for (var at = 0; at < words.Length; at++)
        {
            for (var i = 0; i < 8; i++)
                words[at] |= nibble(at / columnCount, at % columnCount, i) << (4 * i);
        }
        return tensor(words, [rowCount, columnCount]);
    }

    private Tensor Scales()
    {
        var values = new float[GroupCount * OutputCount];
        for (var at = 0; at < values.Length; at++)
            values[at] = _scales[at % OutputCount, at / OutputCount];
        return tensor(values, [GroupCount, OutputCount]).to_type(ScalarType.Float16);
    }
}
