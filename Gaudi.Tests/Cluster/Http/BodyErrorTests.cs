using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class BodyErrorTests
{
    [Theory]
    [InlineData("", "Expected a JSON object as body, got something else: ")]
    [InlineData("{", "Expected a JSON object as body, got something else: ")]
    [InlineData("{\"prompt\":\"a\"} x", "Expected a JSON object as body, got something else: ")]
    [InlineData(
        "{\"prompt\":\"a\",\"prompt\":\"b\"}",
        "Expected each name once in an object, got \"prompt\" twice, the second time at byte 14.")]
    [InlineData(
        "{\"prompt\":\"a\",\"logit_bias\":{\"5\":1,\"6\":1,\"\\u0035\":2}}",
        "Expected each name once in an object, got \"5\" twice, the second time at byte 40.")]
    [InlineData(
        "{\"x\":[{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}],\"a\":2}]}",
        "Expected each name once in an object, got \"a\" twice, the second time at byte 41.")]
    [InlineData("{\"prompt\":\"a\",}", "Expected a JSON object as body, got something else: ")]
    [InlineData("{\"prompt\":NaN}", "Expected a JSON object as body, got something else: ")]
    [InlineData("{\"prompt\":\"a\",\"temperature\":NaN}", "Expected a JSON object as body, got something else: ")]
    [InlineData("{\"prompt\":\"a\",\"temperature\":Infinity}", "Expected a JSON object as body, got something else: ")]
    [InlineData("{\"prompt\":\"a\",\"temperature\":-Infinity}", "Expected a JSON object as body, got something else: ")]
    [InlineData("[]", "Expected a JSON object as body, got an array.")]
    [InlineData("\"prompt\"", "Expected a JSON object as body, got a string.")]
    [InlineData("null", "Expected a JSON object as body, got null.")]
    [InlineData("5", "Expected a JSON object as body, got a number.")]
    [InlineData("true", "Expected a JSON object as body, got a boolean.")]
    [InlineData(
        "{\"prompt\":\"\\ud800\"}",
        "Expected Unicode text, got half of a surrogate pair in the string at byte 10.")]
    [InlineData("{\"\\udc00\":1}", "Expected Unicode text, got half of a surrogate pair in the string at byte 1.")]
    public async Task Body_that_is_no_object_is_a_bad_request(string body, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(await server.PostAsync("/v1/completions", body), HttpStatusCode.BadRequest, message);
        await ExpectAsync(await server.PostAsync("/v1/chat/completions", body), HttpStatusCode.BadRequest, message);
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_a_bad_request()
    {
        await using var server = await ServerUnderTest.StartAsync();
        byte[] body = [.. "{\"prompt\":\""u8, 0xFF, .. "\"}"u8];
        await ExpectAsync(
            await server.PostAsync("/v1/completions", body), HttpStatusCode.BadRequest,
            "Expected a body in UTF-8, got bytes that are not.");
        await ExpectAsync(
            await server.PostAsync("/v1/completions", Encoding.Unicode.GetBytes("{\"prompt\":\"a\"}")),
            HttpStatusCode.BadRequest, "Expected a JSON object as body, got something else: ");
    }

    [Fact]
    public async Task Nesting_without_end_is_a_bad_request()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var (open, shut) = (new string('[', 100_000), new string(']', 100_000));
        var objects = string.Concat(Enumerable.Repeat("{\"a\":", 100_000));
        foreach (var (path, value) in new[]
                 {
                     ("/v1/completions", open), ("/v1/completions", open + shut), ("/v1/chat/completions", objects), ("/tokenize", open + shut),
                     ("/detokenize", open), ("/v1/embeddings", objects + "1" + new string('}', 100_000)),
                 })
            await ExpectAsync(
                await server.PostAsync(path, $"{{\"prompt\":{value}}}"), HttpStatusCode.BadRequest,
                "Expected JSON of at most 64 objects and arrays in one another, got one more at byte ");
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Nesting_is_taken_up_to_its_limit_and_refused_from_there_on()
    {
        await using var server = await ServerUnderTest.StartAsync();
        static string Nested(int count) => $"{{\"prompt\":\"a\",\"x\":{new string('[', count)}{new string(']', count)}}}";
        using var taken = await server.PostAsync("/v1/completions", Nested(63));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        await ExpectAsync(
            await server.PostAsync("/v1/completions", Nested(64)), HttpStatusCode.BadRequest,
            "Expected JSON of at most 64 objects and arrays in one another, got one more at byte 81.");
    }

    // JSON inside JSON has no reader above it that counts.
    [Fact]
    public async Task Nesting_without_end_inside_a_text_is_a_bad_request()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var deep = string.Concat(Enumerable.Repeat("{\\\"items\\\":", 100_000)) + "{}" + new string('}', 100_000);
        using var response = await server.PostAsync(
            "/v1/completions", $"{{\"prompt\":\"a\",\"structured_outputs\":{{\"json\":\"{deep}\"}}}}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Body_without_a_content_type_is_a_bad_request()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var content = new ByteArrayContent("{\"prompt\":\"a\"}"u8.ToArray());
        await ExpectAsync(
            await server.Client.PostAsync("/v1/completions", content), HttpStatusCode.BadRequest,
            "Expected a body of Content-Type application/json, got none;");
    }

    [Fact]
    public async Task Byte_order_mark_is_skipped()
    {
        await using var server = await ServerUnderTest.StartAsync();
        byte[] body = [0xEF, 0xBB, 0xBF, .. "{\"prompt\":\"a\"}"u8];
        using var response = await server.PostAsync("/v1/completions", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("text/plain", "Expected a body of Content-Type application/json, got text/plain;")]
    [InlineData(
        "application/x-www-form-urlencoded",
        "Expected a body of Content-Type application/json, got application/x-www-form-urlencoded;")]
    public async Task Body_that_is_not_declared_as_json_is_a_bad_request(string contentType, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(
            await server.PostAsync("/v1/completions", "{\"prompt\":\"a\"}", contentType), HttpStatusCode.BadRequest,
            message);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task Content_type_may_carry_a_charset(string contentType)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/v1/completions", "{\"prompt\":\"a\"}", contentType);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false, "Expected a body of at most 100 bytes, got 213 bytes.")]
    [InlineData(true, "Expected a body of at most 100 bytes, got more.")]
    public async Task Body_over_the_limit_is_too_large(bool isChunked, string message)
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { BodyBytesMax = 100 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent(
            $"{{\"prompt\":\"{new string('a', 200)}\"}}", Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = isChunked;
        await ExpectAsync(
            await server.Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, message);
    }

    [Fact]
    public async Task Unknown_path_and_wrong_method_are_errors_in_the_same_form()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(
            await server.Client.GetAsync("/v1/nothing"), HttpStatusCode.NotFound,
            "There is no /v1/nothing here; GET /v1/models lists what is served.");
        await ExpectAsync(
            await server.Client.GetAsync("/v1/completions"), HttpStatusCode.MethodNotAllowed,
            "Expected /v1/completions to be asked with POST, got GET.");
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", null, "NotFoundError", 404)]
    [InlineData("POST", "/v1/models/x", null, "MethodNotAllowedError", 405)]
    [InlineData("GET", "/tokenize", null, "MethodNotAllowedError", 405)]
    [InlineData("POST", "/v1/chat/completions", "text/plain", "BadRequestError", 400)]
    [InlineData("POST", "/tokenize", "text/plain", "BadRequestError", 400)]
    [InlineData("POST", "/v1/completions", "application/json", "RequestTooLargeError", 413)]
    [InlineData("POST", "/detokenize", "application/json", "RequestTooLargeError", 413)]
    public async Task Every_error_has_the_same_form(string method, string path, string? contentType, string type, int status)
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { BodyBytesMax = 100 });
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (contentType is not null)
            request.Content = new StringContent($"{{\"prompt\":\"{new string('a', 200)}\"}}", Encoding.UTF8, contentType);
        using var response = await server.Client.SendAsync(request);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(["error"], body.Select(field => field.Key));
        Assert.Equal(["message", "type", "param", "code"], body["error"]!.AsObject().Select(field => field.Key));
        Assert.Equal((type, status, status), ((string?)body["error"]!["type"], (int?)body["error"]!["code"], (int)response.StatusCode));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
    }

    private static async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        using var sent = response;
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal((int)status, (int?)error["code"]);
    }
}
