namespace Gaudi.Actors.Requests;

/// <summary>What a gateway says to a request that asks for places.</summary>
internal enum PlaceAnswer
{
    /// <summary>Each of its choices has one.</summary>
    Taken,

    /// <summary>There are too few now; later there may be enough.</summary>
    Full,

    /// <summary>It needs more than there are: no waiting helps.</summary>
    TooLarge,
}
