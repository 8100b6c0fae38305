using Gaudi.Hpu.Quantization;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.model.fp8`: where a setting says `auto`, upstream's variable decides, and without it upstream's default.</summary>
internal static class Fp8Flags
{
    /// <summary>Reads the settings, then the environment where they leave it open.</summary>
    /// <param name="reader">Told what is wrong.</param>
    /// <param name="variable">One of the environment by its name; null where it is not set.</param>
    internal static Fp8Settings Read(SettingsReader reader, Func<string, string?> variable)
    {
        var usual = Fp8Settings.Usual;
        // A recipe for quantizing names its own scales: upstream keeps the blocks then.
        var hasChannelScales = usual.HasChannelScales && variable(ProcessEnvironment.QuantConfigName) is null;
        return new Fp8Settings(
            Flag(reader, "aligned-scales", ProcessEnvironment.AlignedScaleName, variable, usual.AlignsScales),
            Flag(reader, "scale-adjustment", ProcessEnvironment.ScaleAdjustmentName, variable, usual.AdjustsScales),
            Flag(reader, "channel-scales", ProcessEnvironment.ForceChannelName, variable, hasChannelScales));
    }

    private static bool Flag(SettingsReader reader, string key, string name, Func<string, string?> variable, bool otherwise)
    {
        var asked = reader.OneOf($"gaudi.model.fp8.{key}", "auto", "on", "off");
        if (asked != "auto" || variable(name) is not { } text)
            return asked == "auto" ? otherwise : asked == "on";
        if (text.ToLowerInvariant() is "1" or "true")
            return true;
        if (text.ToLowerInvariant() is not ("0" or "false"))
            reader.Complain(name, text, "1, true, 0 or false");
        return false;
    }
}
