namespace Gaudi.Tests.Training.Learning;

/// <summary>A short linear rise, then half a cosine down to zero.</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="StepCount">The step at which the rate has come down to nearly zero.</param>
public sealed record LearningRate(double Peak, int StepCount)
{
    private const int RiseSteps = 100;

    /// <summary>The rate of a step.</summary>
    /// <param name="stepNumber">Counts from 1.</param>
    public double At(int stepNumber)
    {
        var rise = Math.Min(1, (double)stepNumber / RiseSteps);
        var fall = (1 + Math.Cos(Math.PI * (stepNumber - 1) / StepCount)) / 2;
        return Peak * rise * fall;
    }
}
