using System.Runtime.InteropServices;
using Gaudi.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>The one write to the real environment of this process; everywhere else the setter is injected.</summary>
public sealed partial class LibcEnvironmentTests
{
    [Fact]
    public void Set_is_seen_by_native_code_and_by_dotnet()
    {
        const string name = "GAUDI_TEST_ENVIRONMENT";
        Assert.Equal(0, GetEnv(name));

        LibcEnvironment.Set(name, "naïve");

        Assert.Equal("naïve", Marshal.PtrToStringUTF8(GetEnv(name)));
        Assert.Equal("naïve", Environment.GetEnvironmentVariable(name));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnv(string name);
}
