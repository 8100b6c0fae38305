namespace Gaudi.Tests.Training.Learning;

/// <summary>A linear rise, a flat stretch, then a linear fall to zero over the last part of the steps.</summary>
public sealed record LearningRate(double Peak, int StepCount)
{
    private const int RiseSteps = 100;
    private const double FallShare = 0.35;

    /// <summary>The rate of a step.</summary>
    /// <param name="stepNumber">Counts from 1.</param>
    public double At(int stepNumber)
    {
        var rise = (double)stepNumber / RiseSteps;
        var fall = (StepCount - stepNumber + 1) / (FallShare * StepCount);
        return Peak * Math.Min(1, Math.Min(rise, fall));
    }
}
