namespace Gaudi.Hpu.Cards;

/// <summary>The generation of a card. It decides its facts and its fp8 range.</summary>
public enum CardGeneration
{
    /// <summary>Intel Gaudi 2.</summary>
    Gaudi2,

    /// <summary>Intel Gaudi 3.</summary>
    Gaudi3,

    /// <summary>No card: the host's processor, on the built-in CPU platform.</summary>
    Cpu,
}
