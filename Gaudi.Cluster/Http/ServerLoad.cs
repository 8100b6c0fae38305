using System.Text.Json;
using Gaudi.Cluster.Http.Bodies;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>Counts the requests that the model is working on. Any thread.</summary>
internal sealed class ServerLoad
{
    private int _count;

    /// <summary>An endpoint whose requests count from their arrival until their answer is sent.</summary>
    public RequestDelegate Counted(RequestDelegate endpoint) => async http =>
    {
        Interlocked.Increment(ref _count);
        try
        {
            await endpoint(http);
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    };

    /// <summary>GET /load.</summary>
    public Task ShowAsync(HttpContext http) => JsonAnswer.SendAsync(
        http, StatusCodes.Status200OK,
        JsonSerializer.SerializeToUtf8Bytes(new LoadBody(Volatile.Read(ref _count)), HttpJson.Written.LoadBody));
}
