using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Execution;

/// <summary>A part of a step that the model computes at once: rows of one role.</summary>
/// <param name="Rows">What to compute.</param>
/// <param name="Draws">The rows whose logits are wanted, ascending.</param>
/// <param name="Pooled">The rows whose hidden states are wanted, ascending.</param>
internal sealed record StepPass(StepRows Rows, ImmutableArray<StepDraw> Draws, ImmutableArray<StepDraw> Pooled)
{
    /// <summary>The rows that tokens of images stand in, ascending.</summary>
    public ImmutableArray<ImageRow> Images { get; init; } = [];

    /// <summary>
    /// Cuts a step: prompt positions first, then generated ones, sequences in the plan's order, positions ascending, at
    /// most <paramref name="rowsMax"/> rows a pass. Where the cuts fall changes no bit of any row.
    /// </summary>
    public static IEnumerable<StepPass> Of(StepPlan plan, int rowsMax) =>
        new[] { TokenRole.Prompt, TokenRole.Generated }.SelectMany(role => Of(plan, role, rowsMax));

    private static IEnumerable<StepPass> Of(StepPlan plan, TokenRole role, int rowsMax)
    {
        var rows = plan.Sequences.SelectMany((sequence, index) => RowsOf(sequence, index, role));
        foreach (var chunk in rows.Chunk(rowsMax))
        {
            var hasImages = chunk.Any(row => !row.Sequence.Images.IsEmpty);
            yield return new StepPass(
                new StepRows(
                    role,
                    [.. chunk.Select(row => row.TokenId)],
                    [.. chunk.Select(row => row.Position)],
                    [.. chunk.Select(row => row.Sequence.BlockTable)])
                {
                    StateSlots = [.. chunk.Select(row => row.Sequence.StateSlot)],
                    LoraSlots = chunk.Any(row => row.Sequence.LoraSlot > 0) ? [.. chunk.Select(row => row.Sequence.LoraSlot)] : [],
                    RopePositions = hasImages
                        ? [.. chunk.Select(row => ImagePositions.Of(row.Sequence.Images, row.Position))]
                        : [],
                },
                Some(chunk, row => row.NeedsLogits),
                Some(chunk, row => row.Sequence.IsPooledAt(row.TokenIndex)))
            {
                Images = hasImages ? [.. chunk.Index().SelectMany(row => row.Item.ImageRows(row.Index))] : [],
            };
        }
    }

    private static ImmutableArray<StepDraw> Some(Row[] chunk, Func<Row, bool> isWanted) =>
    [
        .. chunk.Index().Where(row => isWanted(row.Item))
            .Select(row => new StepDraw(row.Index, row.Item.SequenceIndex, row.Item.TokenIndex)),
    ];

    private static IEnumerable<Row> RowsOf(SequenceStep sequence, int sequenceIndex, TokenRole role)
    {
        for (var i = 0; i < sequence.TokenIds.Length; i++)
        {
            var itsRole = sequence.FirstPosition + i < sequence.PromptTokenCount ? TokenRole.Prompt : TokenRole.Generated;
            if (itsRole == role)
                yield return new Row(sequence, sequenceIndex, i);
        }
    }

    private readonly record struct Row(SequenceStep Sequence, int SequenceIndex, int TokenIndex)
    {
        public int TokenId => Sequence.TokenIds[TokenIndex];

        public int Position => Sequence.FirstPosition + TokenIndex;

        public IEnumerable<ImageRow> ImageRows(int row)
        {
            for (var i = 0; i < Sequence.Images.Length; i++)
            {
                var image = Sequence.Images[i];
                if (Position >= image.FirstPosition && Position < image.EndPosition)
                    yield return new ImageRow(row, SequenceIndex, i, Position - image.FirstPosition);
            }
        }

        public bool NeedsLogits => Sequence.IsDrawnAfter(TokenIndex) || Sequence.ScoredAfter(TokenIndex) is not null;
    }
}
