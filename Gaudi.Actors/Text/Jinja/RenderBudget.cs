using System.Runtime.CompilerServices;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>What one rendering may spend, and where it is: a template is not trusted to end.</summary>
internal sealed class RenderBudget(long stepCountMax, int outputLengthMax)
{
    /// <summary>
    /// Largest number of steps by default. A long conversation of a real model takes some ten thousand.
    /// </summary>
    public const long StepCountMax = 5_000_000;

    /// <summary>Largest output, and largest value on the way, by default. Unit: chars.</summary>
    public const int OutputLengthMax = 16 * 1024 * 1024;

    // Work on long text counts as one step for so many chars.
    private const int CharsPerStep = 64;
    private long _stepCount;
    private long _outputLength;

    /// <summary>Line of the statement that runs now.</summary>
    public int Line { get; set; }

    /// <summary>Counts one step.</summary>
    public void Step()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Spend(1);
    }

    /// <summary>Counts the work on so many chars or items.</summary>
    public void Work(long length) => Spend(1 + length / CharsPerStep);

    /// <summary>Refuses a value of this size before it is made, and counts the work of making it.</summary>
    public void Size(long length)
    {
        Fits(length);
        Work(length);
    }

    /// <summary>
    /// Refuses a value that has grown to this size. Counts no work, so that growing it may ask often.
    /// </summary>
    public void Fits(long length)
    {
        if (length > outputLengthMax)
        {
            throw Error($"expected values of at most {outputLengthMax} chars or items, got {length}");
        }
    }

    /// <summary>Counts output.</summary>
    public void Output(int length)
    {
        _outputLength += length;
        if (_outputLength > outputLengthMax)
        {
            throw Error($"expected an output of at most {outputLengthMax} chars, got more");
        }
    }

    /// <summary>An error at the current line.</summary>
    public ChatTemplateException Error(string problem) =>
        new($"line {Line}: {problem}. Correct the template or the request.");

    private void Spend(long stepCount)
    {
        _stepCount += stepCount;
        if (_stepCount > stepCountMax)
        {
            throw Error($"expected an end after at most {stepCountMax} steps, got none");
        }
    }
}
