using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training.Learning;

/// <summary>Sorts a stretch of lessons by length, cuts it into batches and shuffles those: little is filling.</summary>
public sealed class BatchMaker(Curriculum curriculum, BpeTokenizer tokenizer, int tokensMax, int seed)
{
    private const int LessonCount = 4096;

    private readonly Random _random = new(seed);
    private readonly Queue<Batch> _ready = new();

    /// <summary>The next batch of at most <c>tokensMax</c> tokens, filling included.</summary>
    public Batch Next()
    {
        if (_ready.Count == 0)
        {
            Refill();
        }

        return _ready.Dequeue();
    }

    private void Refill()
    {
        var lessons = Enumerable.Range(0, LessonCount)
            .Select(_ => ChatFormat.Encode(curriculum.Next(), tokenizer))
            .OrderBy(lesson => lesson.Ids.Length)
            .ToArray();
        var batches = Cut(lessons).ToArray();
        _random.Shuffle(batches);
        foreach (var batch in batches)
        {
            _ready.Enqueue(batch);
        }
    }

    private IEnumerable<Batch> Cut(Lesson[] lessons)
    {
        var rows = new List<Lesson>();
        foreach (var lesson in lessons)
        {
            if (rows.Count > 0 && (rows.Count + 1) * lesson.Ids.Length > tokensMax)
            {
                yield return Join(rows);
                rows.Clear();
            }

            rows.Add(lesson);
        }

        yield return Join(rows);
    }

    /// <summary>The last id of a lesson is only ever a target, so a row holds one less.</summary>
    private static Batch Join(List<Lesson> rows)
    {
        var columnCount = rows.Max(lesson => lesson.Ids.Length) - 1;
        var ids = new long[rows.Count * columnCount];
        var (places, targets) = (new List<long>(), new List<long>());
        for (var row = 0; row < rows.Count; row++)
        {
            var lesson = rows[row];
            for (var column = 0; column < lesson.Ids.Length - 1; column++)
            {
                var place = (row * columnCount) + column;
                ids[place] = lesson.Ids[column];
                if (lesson.IsLearnt[column + 1])
                {
                    places.Add(place);
                    targets.Add(lesson.Ids[column + 1]);
                }
            }
        }

        return new Batch(rows.Count, columnCount, ids, [.. places], [.. targets]);
    }
}
