using Gaudi.Actors.Text;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A template that writes texts as they are, and the placeholder for an image.</summary>
internal static class ImageChat
{
    public static ChatTemplate Template { get; } = ChatTemplate.Parse(
        "{% for m in messages %}{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
        + "{% if c['type'] == 'image' %}<s>{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}{% endfor %}");
}
