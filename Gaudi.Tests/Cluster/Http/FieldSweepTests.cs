using System.Text;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Whatever stands in whatever field, the answer is never the server's fault: each field with each value, then several.</summary>
public sealed class FieldSweepTests
{
    private const int MixedBodyCount = 800;

    private static readonly string[] Names = [.. RequestFieldTable.All.Select(field => field.Name)];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2.5", "-0.0", "1e999", "-1e999", "1e-400", "2147483648",
        "-9223372036854775809", "\"\"", "\"x\"", "\"NaN\"", "\"\\u0000\"", "[]", "[0]", "[-1]", "[259,260]", "[null]", "[[1],[2]]",
        "[\"a\",\" \"]", "{}", "{\"5\":1}", "{\"5\":null,\"x\":[]}", "{\"type\":\"text\"}",
        "{\"type\":\"json_object\"}", "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "{\"regex\":\"a\"}", "\"required\"", "\"auto\"",
        "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"$defs\":{}}}}]", "\"{{ x[\"", "[{\"role\":\"user\",\"tool_calls\":[]}]",
    ];

    [Theory]
    [InlineData("/v1/completions", "\"prompt\":\"ab\"")]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"ab\"}]")]
    public async Task Any_value_in_any_field_is_served_or_refused(string path, string needed)
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { ToolCallFormat = "hermes", ChoosesTools = true, TrustsRequestTemplates = true });
        var (served, refused) = (0, 0);
        foreach (var name in Names)
        {
            foreach (var value in Values)
                Count(await StatusAsync(server, path, needed.Contains($"\"{name}\"", StringComparison.Ordinal) ? "" : needed, $"\"{name}\":{value}"));
        }
        const int seed = 31;
        var random = new Random(seed);
        for (var body = 0; body < MixedBodyCount; body++)
        {
            var fields = random.GetItems(Names, 3).Distinct().Where(name => name is not ("prompt" or "messages"))
                .Select(name => $"\"{name}\":{Values[random.Next(Values.Length)]}");
            Count(await StatusAsync(server, path, needed, string.Join(',', fields)));
        }
        // Both roads must have been walked.
        Assert.True(served > 150 && refused > 150, $"{served} served, {refused} refused, seed {seed}");

        void Count(int status) => (served, refused) = status == 200 ? (served + 1, refused) : (served, refused + 1);
    }

    private static async Task<int> StatusAsync(ServerUnderTest server, string path, string needed, string fields)
    {
        var body = $"{{{string.Join(',', new[] { needed, fields }.Where(part => part != ""))}}}";
        using var response = await server.PostAsync(path, Encoding.UTF8.GetBytes(body));
        var answer = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        Assert.True(status is 200 or 400 or 404 && !answer.Contains("InternalServerError", StringComparison.Ordinal),
            $"{body} to {path}: {status} {answer}");
        return status;
    }
}
