using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training;

/// <summary>Examines an adapter: the times tables without it and with it, then the model's own skills with it.</summary>
public sealed class AdapterEvaluation(string baseFolder, string adapterFolder, int seed, TextWriter log)
{
    private const int SumCount = 1000;
    private const int WordCount = 500;

    private readonly BpeTokenizer _tokenizer = TokenizerCorpus.MakeTokenizer();

    /// <summary>Writes each part's share of right answers and its first mistakes.</summary>
    public void Run()
    {
        using var weights = ModelFolder.ReadWeights(baseFolder);
        using var adapter = AdapterFolder.Read(adapterFolder, weights);
        log.WriteLine($"{adapter.Count:N0} parameters over {weights.Count:N0}");
        using (var decoder = new GreedyDecoder(weights, _tokenizer))
        {
            ReportProducts(decoder, "without the adapter");
        }

        ReportWithAdapter(weights, adapter);
    }

    private void ReportWithAdapter(LlamaWeights weights, LoraAdapter adapter)
    {
        using var decoder = new GreedyDecoder(weights, _tokenizer, adapter);
        ReportProducts(decoder, "with the adapter");
        ExamResult.Take(decoder, Exam.Sums(seed, SumCount)).Write(log, "held-out sums, with the adapter");
        ExamResult.Take(decoder, Exam.Reversals(seed, WordCount)).Write(log, "held-out reversals, with the adapter");
        ExamResult.Take(decoder, Exam.Capitals(seed, WordCount)).Write(log, "held-out capitals, with the adapter");
        ExamResult.Take(decoder, Exam.Facts()).Write(log, "facts, with the adapter");
    }

    private void ReportProducts(GreedyDecoder decoder, string condition)
    {
        ExamResult.Take(decoder, Exam.Products()).Write(log, $"products in held-out words, {condition}");
        ExamResult.Take(decoder, Exam.TurnedProducts()).Write(log, $"products whose order is held out too, {condition}");
    }
}
