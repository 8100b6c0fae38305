using System.Runtime.CompilerServices;

namespace Gaudi.Hpu;

/// <summary>Checks that stay on in Release: a broken one is our mistake, and the supervisor restarts the part.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="holds"/> is false.</summary>
    /// <param name="holds">What must be true.</param>
    /// <param name="message">What was expected and what came. Not built when the condition holds.</param>
    /// <param name="expression">Filled by the compiler.</param>
    /// <exception cref="InvariantBrokenException">The condition is false.</exception>
    public static void That(
        bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantMessage message,
        [CallerArgumentExpression(nameof(holds))] string expression = "")
    {
        if (!holds)
            throw new InvariantBrokenException($"{message.ToText()} (broken: {expression})");
    }

    /// <summary>Throws when <paramref name="holds"/> is false.</summary>
    /// <exception cref="InvariantBrokenException">The condition is false.</exception>
    public static void That(
        bool holds, string message = "", [CallerArgumentExpression(nameof(holds))] string expression = "")
    {
        if (!holds)
            throw new InvariantBrokenException($"{message} (broken: {expression})");
    }
}
