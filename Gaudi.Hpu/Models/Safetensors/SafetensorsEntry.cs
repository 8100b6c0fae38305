using System.Collections.Immutable;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>One tensor of a header, checked: its bytes lie inside the file and are as many as its shape needs.</summary>
/// <param name="Name">As written.</param>
/// <param name="Type">Of the values.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the file.</param>
/// <param name="Bytes">How many.</param>
internal sealed record SafetensorsEntry(
    string Name, SafetensorsType Type, ImmutableArray<long> Shape, long Begin, long Bytes);
