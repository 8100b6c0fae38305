using Akka.Dispatch;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>
/// Mailboxes that have something to do, in the order of their numbers, whatever order they came in. Adding one and taking the k-th
/// take the logarithm of how many there ever were (a Fenwick tree over the numbers). One thread.
/// </summary>
internal sealed class ReadyMailboxes
{
    private Mailbox?[] _mailboxes = new Mailbox?[1024];
    private int[] _sums = new int[1024];

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds one that is not there.</summary>
    internal void Add(int number, Mailbox mailbox)
    {
        if (number >= _mailboxes.Length)
            Grow(number);
        Gaudi.Hpu.Invariant.That(_mailboxes[number] is null, $"mailbox {number} is ready twice");
        _mailboxes[number] = mailbox;
        Count++;
        Change(number, 1);
    }

    /// <summary>Takes the one with so many before it.</summary>
    internal Mailbox Take(int before)
    {
        var number = 0;
        for (var step = _sums.Length >> 1; step > 0; step >>= 1)
        {
            var next = number + step;
            if (next < _sums.Length && _sums[next] <= before)
            {
                number = next;
                before -= _sums[next];
            }
        }
        number++;
        var mailbox = _mailboxes[number]!;
        _mailboxes[number] = null;
        Count--;
        Change(number, -1);
        return mailbox;
    }

    private void Change(int number, int by)
    {
        for (; number < _sums.Length; number += number & -number)
            _sums[number] += by;
    }

    // Lengths stay powers of two.
    private void Grow(int number)
    {
        var length = _mailboxes.Length;
        while (length <= number)
            length *= 2;
        Array.Resize(ref _mailboxes, length);
        _sums = new int[length];
        for (var index = 1; index < length; index++)
            if (_mailboxes[index] is not null)
                Change(index, 1);
    }
}
