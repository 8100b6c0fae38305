using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Gaudi.Hpu.Native
{
    /// <summary>
    /// Writes a copy of an ELF library in which one symbol-version need is marked weak, so that the loader only warns
    /// when the host's library lacks that version.
    /// </summary>
    /// <remarks>
    /// Why: TorchSharp 0.107's native library was linked by GCC 13 and asks libstdc++ for GLIBCXX_3.4.32; Debian 12 ends
    /// at 3.4.30. The only symbol behind the need, <c>_ZSt21ios_base_library_initv</c>, is referenced and never called.
    /// Compiled twice: by MSBuild as an inline task (Libtorch.targets) and by the tests. Source of the layout: the
    /// Linux Standard Base, "Symbol Versioning", Elf64_Verneed and Elf64_Vernaux.
    /// </remarks>
    public static class ElfVersionNeeds
    {
        private const int SectionTypeVersionNeeds = 0x6ffffffe;
        private const ushort WeakFlag = 0x2;

        /// <summary>Marks every need of <paramref name="version"/> in the image weak.</summary>
        /// <param name="image">A whole little-endian ELF64 file. Changed in place.</param>
        /// <param name="version">The version name, such as GLIBCXX_3.4.32.</param>
        /// <returns>How many needs carry the flag now; 0 when the library has no such need.</returns>
        /// <exception cref="InvalidDataException">The bytes are not a little-endian ELF64 file.</exception>
        public static int MarkWeak(byte[] image, string version)
        {
            if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[4] != 2 || image[5] != 1)
                throw new InvalidDataException("expected a little-endian ELF64 file");
            var sectionTable = (long)BitConverter.ToUInt64(image, 0x28);
            int sectionSize = BitConverter.ToUInt16(image, 0x3a), sectionCount = BitConverter.ToUInt16(image, 0x3c);
            var marked = 0;
            for (var i = 0; i < sectionCount; i++)
            {
                var header = checked((int)(sectionTable + (long)i * sectionSize));
                if (BitConverter.ToInt32(image, header + 4) != SectionTypeVersionNeeds)
                    continue;
                var names = checked((int)(sectionTable + BitConverter.ToInt32(image, header + 0x28) * (long)sectionSize));
                marked += MarkSection(image, (int)BitConverter.ToUInt64(image, header + 0x18),
                    BitConverter.ToInt32(image, header + 0x2c), (int)BitConverter.ToUInt64(image, names + 0x18), version);
            }
            return marked;
        }

        /// <summary>True when the host's libstdc++ defines <paramref name="version"/>, so that no copy needs a mark.</summary>
        public static bool HostDefines(string version)
        {
            foreach (var path in new[]
                     {
                         "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6", "/usr/lib/libstdc++.so.6",
                     })
                if (File.Exists(path))
                    return Contains(File.ReadAllBytes(path), Encoding.ASCII.GetBytes(version + "\0"));
            return false;
        }

        private static int MarkSection(byte[] image, int need, int needCount, int names, string version)
        {
            var marked = 0;
            for (var n = 0; n < needCount; n++, need += BitConverter.ToInt32(image, need + 12))
            {
                var entry = need + BitConverter.ToInt32(image, need + 8);
                for (int e = 0, count = BitConverter.ToUInt16(image, need + 2); e < count; e++)
                {
                    if (NameAt(image, names + BitConverter.ToInt32(image, entry + 8)) == version)
                    {
                        var flags = (ushort)(BitConverter.ToUInt16(image, entry + 4) | WeakFlag);
                        image[entry + 4] = (byte)flags;
                        image[entry + 5] = (byte)(flags >> 8);
                        marked++;
                    }
                    entry += BitConverter.ToInt32(image, entry + 12);
                }
            }
            return marked;
        }

        private static string NameAt(byte[] image, int start)
        {
            var end = Array.IndexOf(image, (byte)0, start);
            return Encoding.ASCII.GetString(image, start, end - start);
        }

        private static bool Contains(byte[] bytes, byte[] wanted)
        {
            for (var i = 0; i + wanted.Length <= bytes.Length; i++)
            {
                var j = 0;
                while (j < wanted.Length && bytes[i + j] == wanted[j])
                    j++;
                if (j == wanted.Length)
                    return true;
            }
            return false;
        }
    }

#if !GAUDI_TESTS
    /// <summary>The MSBuild task: copy, mark, or copy as it is where the host is new enough.</summary>
    public sealed class WeakenVersionNeed : Microsoft.Build.Utilities.Task
    {
        /// <summary>The library as the package ships it. Never written.</summary>
        [Microsoft.Build.Framework.Required]
        public string Source { get; set; }

        /// <summary>Where the copy goes. Replaced whole: a link found there is removed, not followed.</summary>
        [Microsoft.Build.Framework.Required]
        public string Destination { get; set; }

        /// <summary>The version need to mark.</summary>
        [Microsoft.Build.Framework.Required]
        public string VersionName { get; set; }

        /// <inheritdoc />
        public override bool Execute()
        {
            var image = File.ReadAllBytes(Source);
            if (!ElfVersionNeeds.HostDefines(VersionName) && ElfVersionNeeds.MarkWeak(image, VersionName) == 0)
                Log.LogMessage("{0} no longer needs {1}: this step can go", Path.GetFileName(Source), VersionName);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination)));
            var fresh = Destination + ".new";
            File.WriteAllBytes(fresh, image);
            if (File.Exists(Destination))
                File.Delete(Destination);
            File.Move(fresh, Destination);
            return true;
        }
    }
#endif
}
