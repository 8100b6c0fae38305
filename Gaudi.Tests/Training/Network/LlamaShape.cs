namespace Gaudi.Tests.Training.Network;

/// <summary>The sizes of a Llama model, as config.json names them.</summary>
public sealed record LlamaShape(
    int VocabularyCount, int Hidden, int Intermediate, int LayerCount, int HeadCount, int KvHeadCount, int HeadDim)
{
    /// <summary>Added to the mean square before the root.</summary>
    public const double RmsNormEpsilon = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public const double RopeTheta = 10000;

    /// <summary>Longest sequence the model is declared for, in tokens.</summary>
    public const int PositionsMax = 2048;

    /// <summary>gaudi-demo: 3.4 million parameters.</summary>
    public static LlamaShape Demo(int vocabularyCount) => new(vocabularyCount, 256, 768, 4, 4, 2, 64);

    /// <summary>gaudi-demo-draft: 0.3 million parameters.</summary>
    public static LlamaShape Draft(int vocabularyCount) => new(vocabularyCount, 64, 256, 4, 2, 2, 32);
}
