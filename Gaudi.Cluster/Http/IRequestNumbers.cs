namespace Gaudi.Cluster.Http;

/// <summary>The one source of request ids and of seeds for requests that bring none. Any thread.</summary>
public interface IRequestNumbers
{
    /// <summary>An id that no other request of this cluster has. Lower-case letters and digits.</summary>
    string NextRequestId();

    /// <summary>A seed, never negative.</summary>
    long NextSeed();
}
