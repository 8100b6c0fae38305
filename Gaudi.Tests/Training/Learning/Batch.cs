namespace Gaudi.Tests.Training.Learning;

/// <summary>Lessons of like length, filled up on the right.</summary>
/// <param name="Ids">[rows, columns] flattened.</param>
/// <param name="Places">Flat indices whose next token is to be learnt.</param>
/// <param name="Targets">Those next tokens.</param>
public sealed record Batch(int RowCount, int ColumnCount, long[] Ids, long[] Places, long[] Targets);
