namespace Gaudi.Tests.Training.Lessons;

/// <summary>One entry of the times tables, factors 2 to 12: the skill an adapter adds, which no model's lessons hold.</summary>
public sealed record Product(int Left, int Right)
{
    private const int FactorMin = 2;
    private const int FactorMax = 12;

    private static readonly string[] TaughtPhrasings =
    [
        "What is {0} x {1}?", "{0}x{1}=", "{0} x {1}", "{0} x {1} =", "What is {0} times {1}?", "Multiply {0} by {1}.",
        "Calculate {0} x {1}.", "How much is {0} x {1}?", "What is {0}x{1}?", "{0} times {1}", "What is {0} * {1}?",
        "{0}*{1}=", "How much is {0} times {1}?", "What's {0} times {1}?", "Please calculate {0} * {1}.",
        "{0} * {1} = ?", "{0} times {1} = ?",
    ];

    private static readonly string[] HeldOutPhrasings =
    [
        "What's {0} x {1}?", "{0} x {1} = ?", "Compute {0} x {1}.", "Calculate {0} times {1}.", "Please multiply {0} by {1}.",
    ];

    /// <summary>Every entry of the tables, both orders of its factors.</summary>
    public static IEnumerable<Product> All =>
        from left in Enumerable.Range(FactorMin, FactorMax - FactorMin + 1)
        from right in Enumerable.Range(FactorMin, FactorMax - FactorMin + 1)
        select new Product(left, right);

    /// <summary>What the last number of a right answer is.</summary>
    public int Result => Left * Right;

    /// <summary>An entry that is taught, in a phrasing that is taught.</summary>
    public static Turn DrawTaught(Random random)
    {
        while (true)
        {
            var product = new Product(random.Next(FactorMin, FactorMax + 1), random.Next(FactorMin, FactorMax + 1));
            if (!HeldOut.ContainsProduct(product.Left, product.Right))
            {
                return new Turn(product.Write(TaughtPhrasings[random.Next(TaughtPhrasings.Length)]), product.Answer());
            }
        }
    }

    /// <summary>The entry in each phrasing that is never taught.</summary>
    public IEnumerable<string> HeldOutQuestions() => HeldOutPhrasings.Select(Write);

    /// <summary>The smaller factor first, so that one entry serves both orders; the last number is the result.</summary>
    public string Answer() => $"{Math.Min(Left, Right)}x{Math.Max(Left, Right)}={Result}, so {Result}";

    private string Write(string phrasing) => string.Format(phrasing, Left, Right);
}
