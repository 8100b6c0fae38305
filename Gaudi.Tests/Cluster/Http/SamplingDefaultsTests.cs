using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class SamplingDefaultsTests
{
    [Theory]
    [InlineData("{}", 1f, 1f, 0, 0f)]
    [InlineData(
        """{"temperature":0.6,"top_p":0.95,"top_k":20,"min_p":0.05,"eos_token_id":[1,2],"do_sample":true}""",
        0.6f, 0.95f, 20, 0.05f)]
    [InlineData("""{"temperature":0}""", 0f, 1f, 0, 0f)]
    public void Defaults_are_those_of_generation_config(
        string json, float temperature, float topP, int topK, float minP) => InFolder(
        json, folder => Assert.Equal(
            new SamplingDefaults(temperature, topP, topK, minP), SamplingDefaults.Read(folder)));

    [Fact]
    public void Repetition_penalty_is_a_default_too() => InFolder(
        """{"repetition_penalty":1.05}""",
        folder => Assert.Equal(SamplingDefaults.Neutral with { RepetitionPenalty = 1.05f }, SamplingDefaults.Read(folder)));

    [Theory]
    [InlineData("""{"repetition_penalty":0}""", " to be usable: Expected `repetition_penalty` to be a finite number over 0, got 0. Correct the file")]
    [InlineData("[]", " to hold a JSON object, got an array; correct the file")]
    [InlineData("""{"top_p":2}""", " to be usable: Expected `top_p` to be a number over 0 and up to 1, got 2. Correct the file")]
    public void Broken_file_is_one_sentence(string json, string message) => InFolder(json, folder => Assert.Equal(
        $"expected {Path.Combine(folder, "generation_config.json")}{message}",
        Assert.Throws<HttpServerStartException>(() => SamplingDefaults.Read(folder)).Message));

    [Fact]
    public void Folder_without_the_file_has_neutral_defaults() => InFolder(
        null, folder => Assert.Equal(SamplingDefaults.Neutral, SamplingDefaults.Read(folder)));

    private static void InFolder(string? json, Action<string> check)
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-defaults-");
        try
        {
            if (json != null)
                File.WriteAllText(Path.Combine(folder.FullName, "generation_config.json"), json);
            check(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
