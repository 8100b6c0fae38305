using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Hpu.Cards.Probe;

/// <summary>
/// Asks the driver's library. A card it cannot speak for is left out, and the reason says which and why.
/// </summary>
/// <param name="open">Gives the functions, or the reason why there are none.</param>
public sealed class HlmlProbe(Func<HlmlOpening> open) : ICardProbe
{
    private const int NameBytesMax = 64;
    private const int AlreadyInitialised = 5;

    /// <summary>What an error of the library means (hlml.h).</summary>
    public static string ErrorText(int error) => error switch
    {
        1 => "1 (uninitialised)",
        2 => "2 (invalid argument)",
        3 => "3 (not supported)",
        5 => "5 (already initialised)",
        6 => "6 (not found)",
        7 => "7 (insufficient size)",
        9 => "9 (driver not loaded)",
        10 => "10 (timeout)",
        15 => "15 (the card is lost)",
        20 => "20 (memory)",
        21 => "21 (no data)",
        49 => "49 (unknown)",
        _ => $"{error}",
    };

    /// <inheritdoc />
    public unsafe CardProbeResult Probe()
    {
        var opening = open();
        if (opening.Functions is not { } hlml)
            return new CardProbeResult([], opening.Reason);
        var error = hlml.Init();
        if (error is not (0 or AlreadyInitialised))
            return new CardProbeResult([], $"hlml_init answered {ErrorText(error)}");
        try
        {
            return Initialised(hlml);
        }
        finally
        {
            if (error == 0)
                _ = hlml.Shutdown();
        }
    }

    private static unsafe CardProbeResult Initialised(HlmlFunctions hlml)
    {
        uint count;
        if (hlml.GetCount(&count) is not 0 and var error)
            return new CardProbeResult([], $"hlml_device_get_count answered {ErrorText(error)}");
        var cards = ImmutableArray.CreateBuilder<CardFacts>();
        var leftOut = new List<string>();
        for (var index = 0u; index < count; index++)
        {
            if (Describe(hlml, index, cards) is { } reason)
                leftOut.Add($"card {index} is left out: {reason}");
        }
        var reasons = leftOut.Prepend(count == 0 ? "libhlml knows no card" : $"libhlml found {cards.Count} of {count}");
        return new CardProbeResult(cards.ToImmutable(), string.Join("; ", reasons));
    }

    private static unsafe string? Describe(HlmlFunctions hlml, uint index, ImmutableArray<CardFacts>.Builder cards)
    {
        nint device;
        if (hlml.GetHandle(index, &device) is not 0 and var handleError)
            return $"hlml_device_get_handle_by_index answered {ErrorText(handleError)}";
        var text = stackalloc byte[NameBytesMax];
        if (hlml.GetName(device, text, NameBytesMax) is not 0 and var nameError)
            return $"hlml_device_get_name answered {ErrorText(nameError)}";
        var bytes = new ReadOnlySpan<byte>(text, NameBytesMax);
        var end = bytes.IndexOf((byte)0);
        var name = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        if (GaudiModels.OfName(name) is not { } generation)
            return $"{name} is no Gaudi 2 or Gaudi 3";
        HlmlFunctions.Memory memory;
        if (hlml.GetMemory(device, &memory) is not 0 and var memoryError)
            return $"hlml_device_get_memory_info answered {ErrorText(memoryError)}";
        cards.Add(GaudiModels.Facts(cards.Count, generation, name, (long)memory.TotalBytes, "hlml"));
        return null;
    }
}
