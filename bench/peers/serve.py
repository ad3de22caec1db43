"""The side of a contestant of bench/serve.ts: requests and answers are JSON objects, one a line."""
import json
import sys
import time


def serve(description, open_program):
    """Answers requests until standard input ends; `open_program(request)` gives a function that runs the program."""
    programs, results = {}, {}

    def say(answer):
        print(json.dumps(answer), flush=True)

    say({'description': description})
    for line in sys.stdin:
        request = json.loads(line)
        begin, used = time.perf_counter(), time.process_time()
        try:
            name = request['id']
            if request['do'] == 'open':
                programs[name] = open_program(request)
            elif request['do'] == 'run':
                results[name] = programs[name]()
            else:
                import numpy
                numpy.save(request['file'], results[name])
            say({'milliseconds': 1000 * (time.perf_counter() - begin), 'processor': 1000 * (time.process_time() - used)})
        except Exception as error:  # whatever it is, the other side is told
            say({'error': f'{type(error).__name__}: {error}'})
