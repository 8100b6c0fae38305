using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Demo;

/// <summary>The committed models, found from the test's own folder upwards.</summary>
internal static class DemoModel
{
    public static string Folder(string name) => Path.Combine(Root(), "Gaudi.Cluster", "Models", name);

    public static LlamaWeights ReadWeights(string name) => ModelFolder.ReadWeights(Folder(name));

    public static double AccuracyOnSums(LlamaWeights weights, int seed, int count)
    {
        using var decoder = new GreedyDecoder(weights, TokenizerCorpus.MakeTokenizer());
        return ExamResult.Take(decoder, Exam.Sums(seed, count)).Accuracy;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gaudi.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("no folder above the tests holds Gaudi.sln");
        }

        return folder.FullName;
    }
}
