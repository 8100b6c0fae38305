namespace Gaudi.Hpu.KvTransfer;

/// <summary>One read, as the metrics count it.</summary>
/// <param name="Duration">From its beginning to its end.</param>
/// <param name="Bytes">That came.</param>
/// <param name="DescriptorCount">Asked for.</param>
/// <param name="HasFailed">Whether something did not come.</param>
public sealed record KvTransferMeasure(TimeSpan Duration, long Bytes, int DescriptorCount, bool HasFailed);
