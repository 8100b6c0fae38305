using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One served model.</summary>
/// <param name="Id">What clients name in `model`.</param>
/// <param name="Object">Always `model`.</param>
/// <param name="Created">Unit: seconds since 1970.</param>
/// <param name="OwnedBy">Always `gaudi`.</param>
/// <param name="Root">The model this one is made from: itself; an adapter's folder, as it was named.</param>
/// <param name="Parent">The model of an adapter; null for the model itself.</param>
/// <param name="MaxModelLen">Context. Unit: tokens.</param>
/// <param name="Permission">One entry.</param>
internal sealed record ModelCard(
    string Id, string Object, long Created, string OwnedBy, string Root, string? Parent, int MaxModelLen,
    ImmutableArray<ModelPermission> Permission);
