using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Devices;

/// <summary>When a card's worker is started again. Pure.</summary>
public static class RestartPolicy
{
    /// <summary>The wait before the next start.</summary>
    /// <param name="settings">First wait, longest wait, budget.</param>
    /// <param name="restartCount">Restarts within the window so far.</param>
    /// <returns>Null when the budget is spent: the card is left out.</returns>
    public static TimeSpan? Delay(WorkerSettings settings, int restartCount)
    {
        if (restartCount >= settings.RestartsMax)
            return null;
        var factor = Math.Pow(2, Math.Min(restartCount, 30));
        return TimeSpan.FromTicks(
            (long)Math.Min(settings.RestartLongest.Ticks, settings.RestartFirst.Ticks * factor));
    }
}
