#!/usr/bin/env bash
# The one way to build, test and use Gaudi. `./run.sh help` lists the verbs; unknown verbs go to the program `gaudi`.
# Results go to stdout alone; build output and logs go to stderr.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
output="$root/Gaudi.Cluster/bin/Release/net10.0/linux-x64"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1

fail() {
  echo "run.sh: $1" >&2
  exit 1
}

need_dotnet() {
  local sdk=".NET SDK 10: install package dotnet-sdk-10.0 or see https://dot.net/download, then run this again"
  command -v dotnet > /dev/null || fail "expected the $sdk (no \`dotnet\` in PATH)"
  (cd "$root" && dotnet --version > /dev/null 2>&1) || fail "expected the $sdk (found: $(dotnet --list-sdks 2> /dev/null | tr '\n' ' '))"
}

# The program itself finds .NET by DOTNET_ROOT where it is not in a system folder.
export_dotnet_root() {
  local folder
  if [[ -z "${DOTNET_ROOT:-}" ]] && command -v dotnet > /dev/null; then
    folder="$(dirname "$(readlink -f "$(command -v dotnet)")")"
    if [[ -d "$folder/host/fxr" ]]; then export DOTNET_ROOT="$folder"; fi
  fi
}

# sources_changed STAMP FOLDER...: true when a file or a folder's list of files is newer than the stamp.
sources_changed() {
  local stamp="$1"
  shift
  [[ ! -e "$stamp" ]] || [[ -n "$(cd "$root" && find "$@" Directory.Build.props Directory.Packages.props global.json \
    \( -name bin -o -name obj -o -name TestResults \) -prune -o -newer "$stamp" -print -quit)" ]]
}

# Asks once for the compiler of Gaudi.Cluster/Ahead.targets, which makes programs start faster. All else works without it.
fetch_ahead_compiler() {
  local asked="$root/Gaudi.Cluster/obj/ahead.asked"
  if [[ -e "$asked" ]]; then return; fi
  touch "$asked"
  timeout 60 dotnet restore Gaudi.Cluster -p:FetchAhead=true -p:RestoreLockedMode=true --verbosity quiet > /dev/null 2>&1 \
    || echo "run.sh: the ahead-of-time compiler cannot be fetched; everything works without it, and starts slower" >&2
}

# build PROJECT FOLDER...: builds when a source is newer than the last build. Two builds at once wait for each other.
build() {
  local project="$1" stamp
  shift
  stamp="$root/$project/obj/run.stamp"
  if ! sources_changed "$stamp" "$@"; then return; fi
  need_dotnet
  mkdir -p "$root/$project/obj" "$root/Gaudi.Cluster/obj"
  (
    cd "$root"
    flock 9
    if sources_changed "$stamp" "$@"; then
      # Made now, so that the folders around them do not look newer than the build.
      find "$@" -name '*.csproj' -printf '%h\n' | while read -r folder; do mkdir -p "$folder/bin" "$folder/obj"; done
      touch "$stamp.new"
      echo "run.sh: building $project" >&2
      fetch_ahead_compiler
      dotnet build "$project" --configuration Release --verbosity quiet -p:RestoreLockedMode=true >&2 \
        || fail "$project did not build; the reasons are above"
      mv "$stamp.new" "$stamp"
    fi
  ) 9> "$root/Gaudi.Cluster/obj/build.lock"
}

build_program() { build Gaudi.Cluster Gaudi.Hpu Gaudi.Actors Gaudi.Cluster hocon; }

build_tests() {
  mkdir -p "$root/Gaudi.Tests/TestResults"
  build Gaudi.Tests Gaudi.Hpu Gaudi.Actors Gaudi.Cluster Gaudi.Tests hocon
  # The tests' build contains the program's.
  cp --preserve=timestamps "$root/Gaudi.Tests/obj/run.stamp" "$root/Gaudi.Cluster/obj/run.stamp"
}

build_storm() { build Gaudi.Tests/Storm Gaudi.Hpu Gaudi.Tests/Storm Gaudi.Tests/SamplePlugins/SampleFault; }

build_simulation() { build Gaudi.Tests/Simulation Gaudi.Hpu Gaudi.Actors Gaudi.Cluster Gaudi.Tests/Simulation hocon; }

build_trainer() { build Gaudi.Tests/Training Gaudi.Hpu Gaudi.Actors Gaudi.Tests/Training; }

# gaudi VERB OPTION...: becomes the program, so that signals reach it and its exit code is ours.
gaudi() {
  build_program
  export_dotnet_root
  exec "$output/gaudi" "$@"
}

usage() {
  cat << 'TEXT'
usage: ./run.sh [VERB] [OPTION...]

  serve [MODEL] [OPTION...]  serves a model over HTTP; without MODEL the bundled one, tensor-parallel over
                             two simulated Gaudi cards. This is also what `./run.sh` alone does.
  disaggregate [MODEL]       the same with prompts and answers computed by different groups, and a router in front
  cluster [N] [OPTION...]    N nodes of one cluster on this machine (3 without N), each with its own URL: kill one and see
  ask "QUESTION"             starts a server, prints the answer as it comes, stops the server
  build                      builds everything
  test [FILTER]              runs the tests, all or those whose name contains FILTER
  train-demo [OPTION...]     trains the bundled model anew (about an hour on two cores)
  train-adapter [OPTION...]  trains the bundled model's LoRA adapter for the times tables anew (a few minutes)
  storm [OPTION...]          real processes under eight clients while workers are killed, stopped, cut off and made to throw;
                             checks every token (--help: what there is to choose)
  simulate TOPOLOGY [OPTION...]
                             the engine on up to a thousand simulated cards in virtual time, under a load and faults that a
                             seed decides, with every invariant checked (--help: what there is to choose)
  cluster restart --rolling  starts the workers of a running cluster anew, one by one; `cluster drain NODE` empties a node
  events [--follow]          what happened to the workers, groups and nodes of a running server
  plugins | ops | cards [--json] [--url URL]
                             what this machine, or a running server, has
  platform [--json]          which platform a worker started here would run on, and why
  VERB [OPTION...]           every other verb goes to the program; each explains itself: ./run.sh serve --help
TEXT
}

verb="${1:-serve}"
case "$verb" in
  -h | --help | help) usage; exit 0 ;;
  --version) ;;
  -*) verb=serve ;;
  *) if [[ $# -gt 0 ]]; then shift; fi ;;
esac
case "$verb" in
  build)
    build_tests
    build_trainer
    build_storm
    build_simulation
    ;;
  test)
    build_tests
    export_dotnet_root
    exec "$root/Gaudi.Tests/run-tests.sh" "$@"
    ;;
  train-demo)
    build_trainer
    export_dotnet_root
    case " $* " in
      *" --output "* | *" --evaluate "* | *" --help "*) ;;
      *" --draft "*) set -- --output "$root/Gaudi.Cluster/Models/gaudi-demo-draft" "$@" ;;
      *) set -- --output "$root/Gaudi.Cluster/Models/gaudi-demo" "$@" ;;
    esac
    exec "$root/Gaudi.Tests/Training/bin/Release/net10.0/linux-x64/gaudi-train" "$@"
    ;;
  train-adapter)
    build_trainer
    export_dotnet_root
    case " $* " in
      *" --output "* | *" --evaluate "* | *" --help "*) ;;
      *) set -- --output "$root/Gaudi.Cluster/Models/gaudi-demo-times" "$@" ;;
    esac
    exec "$root/Gaudi.Tests/Training/bin/Release/net10.0/linux-x64/gaudi-train" --base "$root/Gaudi.Cluster/Models/gaudi-demo" "$@"
    ;;
  storm)
    build_program
    build_storm
    export_dotnet_root
    exec "$root/Gaudi.Tests/Storm/bin/Release/net10.0/linux-x64/gaudi-storm" "$@"
    ;;
  simulate)
    build_simulation
    export_dotnet_root
    if [[ "${1:-}" == calibrate ]]; then
      build_program
      set -- calibrate "$output/gaudi"
    fi
    # A young generation of 64 MiB: a simulation makes much that lives for one virtual second.
    export DOTNET_GCgen0size="${DOTNET_GCgen0size:-0x4000000}"
    exec "$root/Gaudi.Tests/Simulation/bin/Release/net10.0/linux-x64/gaudi-simulate" "$@"
    ;;
  *) gaudi "$verb" "$@" ;;
esac
