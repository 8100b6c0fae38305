namespace Gaudi.Tests.Training.Lessons;

/// <summary>The questions the model never sees in training: the exam is drawn from these alone.</summary>
public static class HeldOut
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>True for about one unordered pair in eight, whatever the operation.</summary>
    /// <remarks>Pairs the working itself needs as one step (up to 18 against one digit) are never held out:
    /// "83 - 47" writes down "13-7=6".</remarks>
    public static bool Contains(int a, int b)
    {
        var (low, high) = a < b ? (a, b) : (b, a);
        return !IsWorkingStep(low, high) && Hash($"{low},{high}") % 8 == 0;
    }

    /// <summary>True for one order of about one pair of factors in five; the other order is then taught.</summary>
    public static bool ContainsProduct(int left, int right)
    {
        var (low, high) = left < right ? (left, right) : (right, left);
        var hash = Hash($"{low}x{high}");
        return low != high && hash % 5 == 0 && (hash / 5 % 2 == 0) == left < right;
    }

    /// <summary>True for about one word in eight.</summary>
    public static bool Contains(string word) => Hash(word) % 8 == 0;

    private static bool IsWorkingStep(int low, int high) => low < 10 && high < 20;

    /// <summary>FNV-1a over the characters, then a finishing mix: FNV's low bits alone follow the last digit.</summary>
    private static ulong Hash(string text)
    {
        var hash = FnvOffset;
        foreach (var symbol in text)
        {
            hash = (hash ^ symbol) * FnvPrime;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        return hash ^ (hash >> 33);
    }
}
