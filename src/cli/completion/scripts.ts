/** The shells that names are completed in. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

// Each hands what was typed to the program as arguments, and takes its answer as data: nothing of either is ever evaluated.

const BASH = String.raw`# bash completion of rollcall
_rollcall() {
  local IFS=$'\n' answer
  COMPREPLY=()
  answer="$(command rollcall __complete bash "${'$'}{COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)" || return 0
  if [[ $answer == '!file' ]]; then
    compopt -o default 2>/dev/null
    return 0
  fi
  # Each line has what it needs behind it: a space, or nothing.
  compopt -o nospace 2>/dev/null
  local line
  while read -r line; do
    [[ -n $line ]] && COMPREPLY[${'$'}{#COMPREPLY[@]}]=$line
  done <<<"$answer"
}
complete -F _rollcall rollcall
`;

const ZSH = String.raw`#compdef rollcall
# zsh completion of rollcall
_rollcall() {
  local answer line value about
  local -a whole whole_texts partial partial_texts
  answer="$(command rollcall __complete zsh "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null </dev/null)" || return 1
  if [[ $answer == '!file' ]]; then
    _files
    return
  fi
  for line in "${'$'}{(@f)answer}"; do
    value="${'$'}{line%%$'\t'*}"
    about="${'$'}{line#*$'\t'}"
    [[ -n $value ]] || continue
    if [[ $value == +* ]]; then
      whole+=("${'$'}{value[2,-1]}")
      whole_texts+=("${'$'}{value[2,-1]}${'$'}{about:+  -- $about}")
    else
      partial+=("${'$'}{value[2,-1]}")
      partial_texts+=("${'$'}{value[2,-1]}${'$'}{about:+  -- $about}")
    fi
  done
  # -U: the program has chosen already, and a selector may need quotation marks before what was typed.
  local found=1
  (( $#whole )) && compadd -U -l -d whole_texts -a -- whole && found=0
  (( $#partial )) && compadd -U -l -S '' -d partial_texts -a -- partial && found=0
  return found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall
fi
`;

const FISH = `# fish completion of rollcall
function __rollcall_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l answer (command rollcall __complete fish $words (commandline -ct) 2>/dev/null </dev/null)
    if test "$answer" = '!file'
        __fish_complete_path (commandline -ct)
        return
    end
    printf '%s\\n' $answer
end
complete -c rollcall -f -a '(__rollcall_complete)'
`;

const POWERSHELL = `# PowerShell completion of rollcall
Register-ArgumentCompleter -Native -CommandName rollcall -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($_.Extent.EndOffset -eq $cursorPosition -and $wordToComplete -eq '') } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $words += $wordToComplete.Trim("'", '"')
    $json = ConvertTo-Json -Compress -InputObject @($words | ForEach-Object { [string]$_ })
    $encoded = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($json))
    $program = Get-Command rollcall -CommandType Application, ExternalScript -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $program) { return }
    & $program __complete powershell $encoded 2>$null | ForEach-Object {
        $text, $shown, $about = $_ -split [char]9, 3
        if ($text -and $text -ne '!file') {
            if (-not $about) { $about = $shown }
            [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $about)
        }
    }
}
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
