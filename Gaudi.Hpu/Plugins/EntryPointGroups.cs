namespace Gaudi.Hpu.Plugins;

/// <summary>The groups a worker loads, under their upstream names.</summary>
public static class EntryPointGroups
{
    /// <summary>Entry points that bring hardware. One wins.</summary>
    public const string Platform = "vllm.platform_plugins";

    /// <summary>Entry points that register ops. All are called.</summary>
    public const string General = "vllm.general_plugins";
}
