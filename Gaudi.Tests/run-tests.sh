#!/usr/bin/env bash
# Runs the built tests and ends with `N passed, N failed`. Called by `./run.sh test [FILTER]`; the build comes first.
# Skipped tests are printed by name and must be the ones in skipped-tests.txt: a test cannot be lost silently.
set -euo pipefail

folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
results="$folder/TestResults"
trx="$results/run.trx"
# Two threads of libgomp that wait for each other cost more than they give; the tests themselves run side by side.
export OMP_NUM_THREADS=1 GOMP_SPINCOUNT=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

filter=()
if [[ $# -gt 0 ]]; then
  # A plain word is part of a test's full name; an expression such as Category!=Slow goes through as it is.
  if [[ "$1" =~ [=~\&\|] ]]; then filter=(--filter "$1"); else filter=(--filter "FullyQualifiedName~$1"); fi
fi

mkdir -p "$results"
parts="$results/skipped-parts.txt"
rm -f "$trx" "$parts"
status=0
dotnet test "$folder" --configuration Release --no-build --results-directory "$results" --logger "trx;LogFileName=run.trx" \
  --blame-hang-timeout 5m --blame-hang-dump-type none "${filter[@]}" >&2 || status=$?

problem() {
  echo "run-tests.sh: $1" >&2
  status=1
}

count() { sed -n "s/.*<Counters [^>]*\b$1=\"\([0-9]*\)\".*/\1/p" "$trx" | head -n 1; }

skipped_names() {
  grep -o '<UnitTestResult [^>]*outcome="NotExecuted"[^>]*>' "$1" \
    | sed -n 's/.* testName="\([^"]*\)".*/\1/p' \
    | sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' | LC_ALL=C sort || true
}

if [[ ! -e "$trx" ]]; then
  echo "run-tests.sh: the test host wrote no results; its output is above" >&2
  echo "0 passed, 0 failed"
  exit 1
fi
passed="$(count passed)"
failed="$(count failed)"
skipped="$(skipped_names "$trx")"
expected="$(grep -v '^\s*\(#.*\)\?$' "$folder/skipped-tests.txt" | LC_ALL=C sort || true)"

# Parts of tests that need a program this machine lacks.
if [[ -e "$parts" ]]; then sed 's/^/skipped part: /' "$parts"; fi
if [[ -n "$skipped" ]]; then sed 's/^/skipped: /' <<< "$skipped"; fi
unlisted="$(LC_ALL=C comm -23 <(echo "$skipped") <(echo "$expected") | grep . || true)"
if [[ -n "$unlisted" ]]; then
  problem "skipped, but not listed in Gaudi.Tests/skipped-tests.txt: $unlisted"
fi
if [[ ${#filter[@]} -eq 0 ]]; then
  stale="$(LC_ALL=C comm -13 <(echo "$skipped") <(echo "$expected") | grep . || true)"
  if [[ -n "$stale" ]]; then problem "listed in Gaudi.Tests/skipped-tests.txt, but not skipped: $stale"; fi
fi
if [[ $((passed + failed)) -eq 0 ]]; then problem "no test ran${1:+: no test name contains \"$1\"}"; fi
if [[ $status -ne 0 && $failed -eq 0 ]]; then
  problem "the run did not end well although no test failed; the reason is above"
fi
echo "$passed passed, $failed failed"
exit $((status != 0 || failed != 0))
