#!/usr/bin/env bash
# Makes the example audio: short utterances spoken by espeak-ng, which has no emotion of its own; pitch,
# speed and loudness are set after the manner of one. Needs the Debian packages espeak-ng and
# ffmpeg.
set -euo pipefail
cd "$(dirname "$0")/audio"

say() { # name, pitch 0-99, words a minute, amplitude 0-200, text
  espeak-ng -v en-gb -p "$2" -s "$3" -a "$4" -w "$1.wav" "$5"
}

say angry_01   70 210 200 "I told you twice already, and I will not say it again!"
say happy_01   85 190 150 "What a wonderful surprise, I am so glad that you came."
say sad_01     25 105  60 "It is over now. There is nothing left that we could do."
say neutral_01 50 160 100 "The next train to the airport leaves from platform four."

# Other formats that an archive holds, and one file that is no audio.
ffmpeg -v error -y -i happy_01.wav -ar 44100 -c:a flac happy_02.flac
ffmpeg -v error -y -i sad_01.wav -ar 8000 -c:a pcm_mulaw sad_02.wav
ffmpeg -v error -y -i neutral_01.wav -c:a libmp3lame -b:a 48k neutral_02.mp3
printf 'This file is named like audio but holds text.\n' > not_audio.wav
