using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Exams;

/// <summary>Answers many questions at once, each time taking the likeliest token. Does not own the weights.</summary>
public sealed class GreedyDecoder(LlamaWeights weights, BpeTokenizer tokenizer, LoraAdapter? adapter = null) : IDisposable
{
    private const int AnswerTokensMax = 64;
    private const int RowsMax = 64;

    private readonly LlamaNet _net = new(weights, usesBfloat16: false, adapter);
    private readonly int _end = tokenizer.SpecialId(BpeTokenizer.MessageEnd);

    /// <summary>The answers in the order of the questions; prompts of one length are decoded together.</summary>
    public string[] Answer(IReadOnlyList<string> questions)
    {
        var answers = new string[questions.Count];
        var prompts = questions
            .Select((question, index) => (Ids: tokenizer.Encode(ChatFormat.Prompt(question)), Index: index));
        foreach (var rows in prompts.GroupBy(prompt => prompt.Ids.Count).SelectMany(group => group.Chunk(RowsMax)))
        {
            var decoded = Decode(rows.Select(row => row.Ids).ToArray());
            for (var i = 0; i < rows.Length; i++)
            {
                answers[rows[i].Index] = tokenizer.Decode(decoded[i]);
            }
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => _net.Dispose();

    private List<int>[] Decode(List<int>[] prompts)
    {
        using var noGrad = no_grad();
        using var cache = new KvCache(weights.Shape.LayerCount);
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        var isDone = new bool[prompts.Length];
        var next = prompts.SelectMany(prompt => prompt.Select(id => (long)id)).ToArray();
        for (var step = 0; step < AnswerTokensMax && isDone.Contains(false); step++)
        {
            next = Next(next, prompts.Length, cache);
            for (var row = 0; row < prompts.Length; row++)
            {
                isDone[row] |= next[row] == _end;
                if (!isDone[row])
                {
                    answers[row].Add((int)next[row]);
                }
            }
        }

        return answers;
    }

    private long[] Next(long[] ids, int rowCount, KvCache cache)
    {
        using var scope = NewDisposeScope();
        var hidden = _net.Forward(tensor(ids, [rowCount, ids.Length / rowCount]), cache); // [rows, tokens, hidden]
        var last = hidden.select(1, -1); // [rows, hidden]
        return _net.Logits(last).argmax(1).data<long>().ToArray(); // [rows]
    }
}
