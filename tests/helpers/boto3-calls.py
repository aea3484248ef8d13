"""Calls AWS, or what stands for it, with the vendor's own library: one JSON request a line in, one answer a line out.

Started as `python3 boto3-calls.py URL CA_FILE`. A request names service, region, method, parameters and keys; of a list of pages all rows
are put together by the library's own paginator where it is asked for.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, ca_file = sys.argv[1], sys.argv[2]
config = Config(retries={"max_attempts": 1})


def call(service, region, method, parameters, keys, pages=False):
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=url,
        verify=ca_file,
        config=config,
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys.get("sessionToken"),
    )
    if pages:
        answer = client.get_paginator(method).paginate(**parameters).build_full_result()
    else:
        answer = getattr(client, method)(**parameters)
    answer.pop("ResponseMetadata", None)
    return answer


for line in sys.stdin:
    try:
        answer = {"result": call(**json.loads(line))}
    except ClientError as error:
        answer = {"error": error.response["Error"]["Code"] + ": " + error.response["Error"]["Message"]}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer, default=lambda value: value.isoformat()), flush=True)
