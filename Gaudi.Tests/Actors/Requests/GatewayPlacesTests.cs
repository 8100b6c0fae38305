using Gaudi.Actors.Requests;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>Places are taken for a whole request or not at all, and each is given back once.</summary>
public sealed class GatewayPlacesTests
{
    private readonly GatewayPlaces _places = new(4);

    [Fact]
    public void Request_takes_all_of_its_places_when_its_first_choice_comes()
    {
        Assert.Equal(PlaceAnswer.Taken, _places.Arrive(new ChoiceGroup("a", 3)));
        Assert.Equal(3, _places.TakenCount);
        Assert.Equal(PlaceAnswer.Full, _places.Arrive(new ChoiceGroup("b", 2)));
        Assert.Equal(PlaceAnswer.Taken, _places.Arrive(null));
        Assert.Equal(PlaceAnswer.Full, _places.Arrive(null));
        Assert.Equal(PlaceAnswer.Taken, _places.Arrive(new ChoiceGroup("a", 3)));
        Assert.Equal(PlaceAnswer.Taken, _places.Arrive(new ChoiceGroup("a", 3)));
        Assert.Equal((4, false, true), (_places.TakenCount, _places.Awaits("a"), _places.Awaits("b")));
    }

    [Fact]
    public void Refused_request_stays_refused_for_its_other_choices_though_places_became_free()
    {
        foreach (var _ in Enumerable.Range(0, 3))
            _places.Arrive(null);
        var group = new ChoiceGroup("a", 2);
        Assert.Equal(PlaceAnswer.Full, _places.Arrive(group));
        foreach (var _ in Enumerable.Range(0, 3))
            _places.Leave();
        Assert.Equal((PlaceAnswer.Full, 0), (_places.Arrive(group), _places.TakenCount));
        Assert.Equal((PlaceAnswer.Taken, 2), (_places.Arrive(group), _places.TakenCount)); // All have heard: this one asks anew.
    }

    [Fact]
    public void Request_that_is_larger_than_everything_hears_so_though_nothing_is_taken()
    {
        var group = new ChoiceGroup("a", 5);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal(PlaceAnswer.TooLarge, _places.Arrive(group)));
        Assert.Equal((0, false), (_places.TakenCount, _places.Awaits("a")));
    }

    [Fact]
    public void Choice_that_left_before_the_others_came_gives_back_its_own_place_alone()
    {
        var group = new ChoiceGroup("a", 3);
        _places.Arrive(group);
        _places.Leave();
        Assert.Equal(2, _places.TakenCount);
        _places.Lapse("a");
        Assert.Equal(0, _places.TakenCount);
        _places.Lapse("a");
        Assert.Equal(0, _places.TakenCount);
        Assert.Throws<InvariantBrokenException>(_places.Leave);
    }

    [Fact]
    public void Lapse_of_a_refused_request_gives_nothing_back()
    {
        _places.Arrive(new ChoiceGroup("a", 4));
        _places.Arrive(new ChoiceGroup("b", 4));
        _places.Lapse("b");
        Assert.Equal(4, _places.TakenCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_comes_goes_and_never_comes_no_place_is_lost_or_given_twice(int seed)
    {
        var random = new Random(seed);
        var places = new GatewayPlaces(10);
        var (missing, hasPlace) = (new Dictionary<string, (ChoiceGroup Group, int Count, PlaceAnswer Answer)>(), 0);
        var fullCount = 0;
        for (var round = 0; round < 20_000; round++)
        {
            switch (random.Next(5))
            {
                case 0:
                    var fresh = new ChoiceGroup($"{round}", random.Next(2, 7));
                    var room = 10 - places.TakenCount;
                    var answer = places.Arrive(fresh);
                    Assert.Equal(fresh.Size <= room ? PlaceAnswer.Taken : PlaceAnswer.Full, answer);
                    missing.Add(fresh.Id, (fresh, fresh.Size - 1, answer));
                    hasPlace += answer == PlaceAnswer.Taken ? 1 : 0;
                    fullCount += answer == PlaceAnswer.Full ? 1 : 0;
                    break;
                case 1 when hasPlace > 0:
                    places.Leave();
                    hasPlace--;
                    break;
                case 2 when missing.Count > 0 && random.Next(4) == 0:
                    var gone = missing.Keys.ElementAt(random.Next(missing.Count));
                    places.Lapse(gone);
                    missing.Remove(gone);
                    break;
                case > 2 when missing.Count > 0:
                    var (id, next) = missing.ElementAt(random.Next(missing.Count));
                    Assert.Equal(next.Answer, places.Arrive(next.Group));
                    hasPlace += next.Answer == PlaceAnswer.Taken ? 1 : 0;
                    if (next.Count == 1)
                        missing.Remove(id);
                    else
                        missing[id] = next with { Count = next.Count - 1 };
                    break;
            }
            var reserved = missing.Values.Where(one => one.Answer == PlaceAnswer.Taken).Sum(one => one.Count);
            Assert.True(places.TakenCount == hasPlace + reserved, $"seed {seed}, round {round}: {places.TakenCount}");
            Assert.InRange(places.TakenCount, 0, 10);
        }
        Assert.InRange(fullCount, 100, 20_000);
    }
}
