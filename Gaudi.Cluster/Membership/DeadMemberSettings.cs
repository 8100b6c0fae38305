namespace Gaudi.Cluster.Membership;

/// <summary>How <see cref="DeadMembers"/> looks.</summary>
/// <param name="VoterRole">Members that count for a majority.</param>
/// <param name="LooksMax">Looks at a port that still listens, before its member is believed to live.</param>
/// <param name="LookAgain">Between two of them.</param>
internal sealed record DeadMemberSettings(string VoterRole, int LooksMax, TimeSpan LookAgain);
