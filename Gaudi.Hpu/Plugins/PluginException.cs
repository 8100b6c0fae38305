namespace Gaudi.Hpu.Plugins;

/// <summary>A plugin breaks the contract. Its fault: the host turns it into an outcome.</summary>
public sealed class PluginException(string message) : Exception(message);
