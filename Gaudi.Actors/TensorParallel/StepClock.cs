using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.TensorParallel;

/// <summary>
/// How long steps take, and from when on one that is not over hangs. Steps are told apart by their size: prompt tokens and
/// generated rows, each rounded up to a power of two. No clock in it: durations are told. One thread.
/// </summary>
public sealed class StepClock(HangSettings settings)
{
    private readonly Dictionary<(int Prompt, int Decode), Samples> _samples = [];
    private readonly HashSet<(int Prompt, int Decode)> _warm = [];

    /// <summary>The size class of a step.</summary>
    /// <returns>Most prompt positions and most generated positions of its class; 0 for none.</returns>
    public static (int Prompt, int Decode) BucketOf(StepPlan plan)
    {
        var promptCount = plan.Sequences.Sum(PromptCount);
        var decodeCount = plan.Sequences.Sum(step => step.TokenIds.Length) - promptCount;
        return (Class(promptCount), Class(decodeCount));
    }

    /// <summary>
    /// A rank is new: it has run nothing yet, and compiles and fills its caches in the first step of each size. That one has the
    /// limit of a step that nothing is known about.
    /// </summary>
    public void Cool() => _warm.Clear();

    /// <summary>A step is complete on every rank.</summary>
    public void Note((int Prompt, int Decode) bucket, TimeSpan duration)
    {
        if (_warm.Add(bucket))
            return; // Says how long a new rank needs to get ready, not how long a step takes.
        var samples = _samples.TryGetValue(bucket, out var known) ? known : _samples[bucket] = new Samples();
        samples.Add(duration, settings.SamplesKept);
    }

    /// <summary>How long a step of this size may take.</summary>
    public TimeSpan Limit((int Prompt, int Decode) bucket)
    {
        if (!_warm.Contains(bucket) || !_samples.TryGetValue(bucket, out var samples) || samples.Count < settings.SamplesMin)
            return settings.FirstLimit;
        var p99 = samples.Ascending[(samples.Count * 99 + 99) / 100 - 1]; // Nearest rank.
        return p99 * settings.Factor > settings.LeastLimit ? p99 * settings.Factor : settings.LeastLimit;
    }

    private static int PromptCount(SequenceStep step) =>
        Math.Clamp(step.PromptTokenCount - step.FirstPosition, 0, step.TokenIds.Length);

    private static int Class(int count) => count == 0 ? 0 : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count);

    // The newest, by age and by length: a limit is asked for before every step.
    private sealed class Samples
    {
        private readonly Queue<TimeSpan> _byAge = [];

        public List<TimeSpan> Ascending { get; } = [];

        public int Count => Ascending.Count;

        public void Add(TimeSpan duration, int keptMax)
        {
            _byAge.Enqueue(duration);
            var place = Ascending.BinarySearch(duration);
            Ascending.Insert(place < 0 ? ~place : place, duration);
            if (Count > keptMax)
                Ascending.RemoveAt(Ascending.BinarySearch(_byAge.Dequeue()));
        }
    }
}
